/**
 * Which k6 to run: the one that was named, else CANARYPROOF_K6, else one on PATH if it is a 2.x, else none (it is then
 * built). A k6 that was named and does not fit is an error; one on PATH that does not fit is passed over.
 */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../errors/harness-error.ts';
import { runProgram } from '../../process/run-program.ts';

export interface FoundK6 {
  readonly path: string;
  /** With a leading `v`, as it says itself. */
  readonly version: string;
  /** Where it came from, for the report. */
  readonly origin: string;
}

const K6_MAJOR = 2;

/** @throws HarnessError K6_UNUSABLE (exit 3) for a k6 that was named by flag or environment */
export async function findK6(
  env: Readonly<Record<string, string | undefined>>,
  named: string | undefined,
): Promise<FoundK6 | undefined> {
  if (named) return requireK6(named, '--k6');
  if (env.CANARYPROOF_K6) return requireK6(env.CANARYPROOF_K6, 'CANARYPROOF_K6');
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const candidate = path.join(folder, 'k6');
    const version = await versionOf(candidate).catch(() => undefined);
    if (version !== undefined && isUsable(version)) return { path: candidate, version, origin: 'found on PATH' };
  }
  return undefined;
}

async function requireK6(file: string, origin: string): Promise<FoundK6> {
  const hint = `Give the path of a k6 ${K6_MAJOR}.x, or leave ${origin} out and let canaryproof build one.`;
  const version = await versionOf(file).catch((cause: unknown) => {
    throw environmentError('K6_UNUSABLE', `${file} is not a k6 that runs here`, { where: origin, hint, cause });
  });
  if (!isUsable(version))
    throw environmentError('K6_UNUSABLE', `${file} is k6 ${version}, and ${K6_MAJOR}.x is needed`, {
      where: origin,
      hint,
    });
  return { path: file, version, origin: `given by ${origin}` };
}

async function versionOf(file: string): Promise<string> {
  await access(file, constants.X_OK);
  const { stdout } = await runProgram([file, 'version'], { timeoutMs: 10_000 });
  const version = /^k6(?:\.exe)? (v\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  if (version === undefined) throw new RangeError(`no version in: ${stdout.slice(0, 200)}`);
  return version;
}

function isUsable(version: string): boolean {
  return Number(/^v(\d+)\./.exec(version)?.[1]) === K6_MAJOR;
}
