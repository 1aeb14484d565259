import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { programs, type RunOptions } from '../process/run-program.ts';
import { playPrograms } from '../testkit/fakes/played-programs.ts';
import { newSigningKey, signImage } from './cosign.ts';

const DONE = { stdout: '', stderr: '', exitCode: 0, durationMs: 1 };
const signal = new AbortController().signal;
const ADDRESS = { host: '127.0.0.1:5000', certificate: 'CERTIFICATE' };

function playCosign(change: (argv: readonly string[]) => void = () => undefined) {
  const ran: { readonly argv: readonly string[]; readonly options: RunOptions }[] = [];
  const { run } = programs;
  playPrograms(async (argv, options) => {
    // what removes folders is no business of this
    if (argv[0] !== '/bin/cosign') return run(argv, options);
    ran.push({ argv, options });
    change(argv);
    const folder = options.cwd ?? '';
    if (argv[1] === 'generate-key-pair') {
      await writeFile(path.join(folder, 'cosign.key'), `cipher text under ${options.env?.COSIGN_PASSWORD}`);
      await writeFile(path.join(folder, 'cosign.pub'), 'PUBLIC');
    }
    return DONE;
  });
  return ran;
}

test('a key pair is read, and its files are gone; each is under a password of its own', async () => {
  const ran = playCosign();
  const [key, another] = [await newSigningKey('/bin/cosign', signal), await newSigningKey('/bin/cosign', signal)];
  expect(key).toMatchObject({ publicKey: 'PUBLIC', privateKey: `cipher text under ${key.password}` });
  expect(key.password.length).toBeGreaterThan(40);
  expect(another.password).not.toBe(key.password);
  for (const { options } of ran) expect(existsSync(options.cwd ?? '')).toBe(false);
});

test('what signs gets key and password through its environment alone, and nothing of ours', async () => {
  const ran = playCosign();
  const key = await newSigningKey('/bin/cosign', signal);
  await signImage('/bin/cosign', key, 'team/cart@sha256:1', ADDRESS, signal);
  const { argv, options } = ran[1]!;
  expect(argv).toEqual([
    ...['/bin/cosign', 'sign', '--yes', '--key', 'env://CANARYPROOF_SIGNING_KEY'],
    ...['--tlog-upload=false', '--use-signing-config=false', '127.0.0.1:5000/team/cart@sha256:1'],
  ]);
  expect(options).toMatchObject({ extendEnv: false, env: { COSIGN_PASSWORD: key.password } });
  expect(Object.keys(options.env ?? {}).sort()).toEqual([
    ...['CANARYPROOF_SIGNING_KEY', 'COSIGN_PASSWORD', 'HOME', 'SSL_CERT_FILE'],
  ]);
  expect(existsSync(options.cwd ?? '')).toBe(false);
});

test('a cosign that fails is the environment’s fault, in its words', async () => {
  const ran = playCosign(() => {
    throw new Error('no such program');
  });
  await expect(newSigningKey('/bin/cosign', signal)).rejects.toMatchObject({
    ...{ code: 'SIGNING_FAILED', exitCode: 3, message: 'cosign could not generate-key-pair: no such program' },
  });
  expect(existsSync(ran[0]?.options.cwd ?? '')).toBe(false);
});

test('who ends it meanwhile is told why', async () => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  playCosign(() => {
    controller.abort(reason);
    throw new Error('killed');
  });
  await expect(newSigningKey('/bin/cosign', controller.signal)).rejects.toBe(reason);
});
