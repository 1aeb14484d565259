/**
 * Keys and signatures by the real cosign. A private key is in no file that stays: cosign writes it into a private folder, as
 * cipher text under a password that is never written, from where it is read and removed at once.
 *
 * Signatures are entered in no transparency log: the public one is not for what a test signs, and cannot be reached from
 * everywhere. A policy that asks for an entry there admits none of them.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environmentError } from '../errors/harness-error.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { runProgram } from '../process/run-program.ts';
import type { RegistryAddress } from './run-registry.ts';

export interface SigningKey {
  /** PEM. */
  readonly publicKey: string;
  /** Cipher text; it goes to cosign through its environment. */
  readonly privateKey: string;
  readonly password: string;
}

const KEY_VARIABLE = 'CANARYPROOF_SIGNING_KEY';
const LIMIT_MS = 180_000;

/** New each time. @throws HarnessError SIGNING_FAILED (exit 3) */
export function newSigningKey(cosign: string, signal: AbortSignal): Promise<SigningKey> {
  return inPrivateFolder(async (folder) => {
    const password = randomBytes(32).toString('base64url');
    await run([cosign, 'generate-key-pair'], { folder, signal, env: { COSIGN_PASSWORD: password } });
    const read = (name: string) => readFile(path.join(folder, name), 'utf8');
    return { publicKey: await read('cosign.pub'), privateKey: await read('cosign.key'), password };
  });
}

/**
 * @param image `repository@sha256:…`, without a host
 * @throws HarnessError SIGNING_FAILED (exit 3)
 */
export function signImage(
  cosign: string,
  { privateKey, password }: SigningKey,
  image: string,
  { host, certificate }: RegistryAddress,
  signal: AbortSignal,
): Promise<void> {
  return inPrivateFolder(async (folder) => {
    const trusted = path.join(folder, 'registry.crt');
    await writeFile(trusted, certificate);
    const env = { [KEY_VARIABLE]: privateKey, COSIGN_PASSWORD: password, SSL_CERT_FILE: trusted };
    const unlogged = ['--tlog-upload=false', '--use-signing-config=false'];
    await run([cosign, 'sign', '--yes', '--key', `env://${KEY_VARIABLE}`, ...unlogged, `${host}/${image}`], {
      ...{ folder, signal, env },
    });
  });
}

interface Run {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string>>;
}

/** Nothing of the caller's environment goes along: credentials of registries and proxies are none of its business. */
async function run(argv: readonly [string, ...string[]], { folder, signal, env }: Run): Promise<void> {
  const options = { cwd: folder, env: { HOME: folder, ...env }, extendEnv: false, timeoutMs: LIMIT_MS, signal };
  await runProgram(argv, options).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw environmentError('SIGNING_FAILED', `cosign could not ${argv[1]}: ${(cause as Error).message}`, {
      where: argv[0],
      hint: 'Its last words are above. The addon registry must be among those of the profile, and its pod ready.',
      cause,
    });
  });
}

async function inPrivateFolder<Found>(use: (folder: string) => Promise<Found>): Promise<Found> {
  const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-signing-'));
  try {
    return await use(folder);
  } finally {
    await removeOwnTree(folder);
  }
}
