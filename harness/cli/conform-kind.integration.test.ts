/** The main job on real containers: the same profile on kind and on the local provider must come to the same verdicts. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { reasonWithoutEngine } from '../testkit/engine/engine-for-tests.ts';

let home: string;
const cli = (...args: string[]) =>
  execa(process.execPath, [path.join(packageRoot(), 'harness/cli/main.ts'), ...args], {
    cwd: home,
    env: { XDG_STATE_HOME: home, CI: 'true' },
    reject: false,
    all: true,
  });

async function conformOn(provider: string): Promise<string> {
  const runs = path.join(home, provider);
  const args = ['--provider', provider, '--name', `same-${provider}`, '--assurance', 'smoke', '--run-dir', runs];
  const run = await cli('conform', 'bookinfo', ...args);
  expect(run.exitCode, run.all).toBe(0);
  const [id] = await readdir(runs);
  return path.join(runs, id ?? '');
}

const reason = reasonWithoutEngine();

describe.skipIf(reason !== undefined)(`bookinfo on kind${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kind-'));
  });
  afterAll(async () => {
    for (const provider of ['local', 'kind']) await cli('down', '--provider', provider, '--name', `same-${provider}`);
    await rm(home, { recursive: true, force: true });
  });

  test('passes every claim, as on the local provider, and leaves no container', { timeout: 1_800_000 }, async () => {
    const onKind = await conformOn('kind');
    const left = await execa('docker', ['ps', '-a', '-q', '--filter', 'label=io.x-k8s.kind.cluster=same-kind']);
    expect(left.stdout).toBe('');
    const onLocal = await conformOn('local');
    const compared = await cli('compare', onLocal, onKind);
    expect(compared.exitCode, compared.all).toBe(0);
    expect(compared.all).toContain('6 of 6 claims have the same outcome');
  });
});
