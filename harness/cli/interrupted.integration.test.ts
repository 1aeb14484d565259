/** `conform` ended at the worst moment, while load runs: Ctrl-C, Ctrl-C twice, kill -9. One cluster serves all three. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRunReport } from '../../reports/model/read-run-report.ts';
import { packageRoot } from '../process/package-root.ts';

const MAIN = path.join(packageRoot(), 'harness/cli/main.ts');
const NAME = 'interrupted-test';
let home: string;

function cli(...args: string[]) {
  return execa(process.execPath, [MAIN, ...args], {
    cwd: home,
    env: { XDG_STATE_HOME: home, CI: 'true' },
    reject: false,
    all: true,
    forceKillAfterDelay: false,
  });
}

/** A run whose load has begun. */
async function loadedRun(): Promise<{ run: ReturnType<typeof cli>; directory: string }> {
  const known = new Set(await readdir(path.join(home, 'runs')).catch(() => []));
  const run = cli('conform', 'bookinfo', '--name', NAME, '--keep', '--run-dir', path.join(home, 'runs'));
  let ended = false;
  run.finally(() => {
    ended = true;
  });
  await eventually('load', async () => ended || (await generators()).length > 0, 300_000);
  const [id] = (await readdir(path.join(home, 'runs'))).filter((name) => !known.has(name));
  return { run, directory: path.join(home, 'runs', id ?? 'none') };
}

/** Pids of k6 processes that work for runs of this test. */
async function generators(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/(^|\/)k6$/.test(argv.split('\0')[0] ?? '') && argv.includes(home)) found.push(pid);
  }
  return found;
}

async function eventually(what: string, probe: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function endOf(run: ReturnType<typeof cli>) {
  const asked = Date.now();
  const { exitCode, all } = await run;
  return { exitCode, all, tookMs: Date.now() - asked };
}

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-interrupted-'));
});
afterAll(async () => {
  await cli('down', '--all');
  await rm(home, { recursive: true, force: true });
});

describe('conform, while load runs', () => {
  test('one Ctrl-C: load ends, a report marked interrupted, exit 130', { timeout: 600_000 }, async () => {
    const { run, directory } = await loadedRun();
    run.kill('SIGINT');
    const { exitCode, all } = await endOf(run);
    expect(exitCode, all).toBe(130);
    expect(await generators()).toEqual([]);
    const file = path.join(directory, 'result.json');
    const report = readRunReport(await readFile(file, 'utf8'), file);
    expect(report.run.interrupted).toBe(true);
    expect(report.outcome).not.toBe('passed');
    expect(report.claims.map(({ outcome }) => outcome)).toContain('inconclusive');
    expect((await readdir(directory)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('Ctrl-C twice: ends at once, and the next run works on the same cluster', { timeout: 600_000 }, async () => {
    const { run } = await loadedRun();
    run.kill('SIGINT');
    run.kill('SIGINT');
    const { exitCode, all, tookMs } = await endOf(run);
    expect(exitCode, all).toBe(130);
    expect(tookMs).toBeLessThan(5_000);
    await eventually('no load is left', async () => (await generators()).length === 0, 10_000);
  });

  test('kill -9: no load is left, earlier runs can be read, down leaves nothing', { timeout: 600_000 }, async () => {
    const { run } = await loadedRun();
    run.kill('SIGKILL');
    await endOf(run);
    await eventually('no load is left', async () => (await generators()).length === 0, 10_000);
    const [first] = (await readdir(path.join(home, 'runs'))).sort();
    const directory = path.join(home, 'runs', first ?? '');
    const remade = await cli('report', directory);
    const file = path.join(directory, 'result.json');
    const { outcome } = readRunReport(await readFile(file, 'utf8'), file);
    expect(remade.exitCode, remade.all).toBe({ passed: 0, failed: 1, inconclusive: 4, invalid: 5 }[outcome]);
    // the killed run's lease lapses after ten seconds; a `down` after that sweeps it as well
    await eventually(
      'nothing is left',
      async () => {
        const down = await cli('down', '--name', NAME);
        expect(down.exitCode, down.all).toBe(0);
        return (await readdir(path.join(home, 'canaryproof', 'clusters'))).length === 0;
      },
      30_000,
    );
  });
});
