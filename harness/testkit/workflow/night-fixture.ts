/** What the quick and the thorough tests of night share. */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../process/package-root.ts';
import { commitAll, git } from '../../units/tree-fixture.ts';

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const text = readFileSync(path.join(packageRoot(), 'docs/ci/github-nightly.yml'), 'utf8');

const { steps } = (parse(text) as { jobs: { night: { steps: Step[] } } }).jobs.night;

export let folder: string;

export let remote: string;

/** A checkout in which steps of the workflow are run, as on a runner of its own. */
export function night(name: string) {
  const workspace = path.join(folder, name);
  const temp = path.join(folder, `${name}-temp`);
  mkdirSync(workspace);
  mkdirSync(temp);
  commitAll(workspace);
  git(workspace, 'remote', 'add', 'origin', remote);
  return {
    workspace,
    kept: path.join(temp, 'nights', 'history'),
    async run(step: string): Promise<{ code: number; output: string }> {
      const { run: script = '', env = {} } = steps.find((one) => one.name === step) ?? {};
      const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: workspace,
        env: { PATH: process.env.PATH, HOME: folder, RUNNER_TEMP: temp, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (told: string) => {
          output += told;
        });
      const code = await new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? 255)));
      return { code, output };
    },
  };
}

export const keptRuns = () =>
  git(remote, 'ls-tree', '-r', '--name-only', 'canaryproof-history').split('\n').filter(Boolean);

export const BEGIN = 'History of earlier nights';

export const KEEP = 'Keep the history';

export function judge(kept: string, run: string): void {
  mkdirSync(path.join(kept, 'shop'), { recursive: true });
  writeFileSync(path.join(kept, 'shop', `${run}.jsonl`), `{"run":"${run}"}\n`);
}

/** Called once by each file of tests: makes what they need, in a folder that goes with the run. */
export function nights(): void {
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-night-'));
    remote = path.join(folder, 'remote.git');
    mkdirSync(remote);
    git(remote, 'init', '--quiet', '--bare');
  });
}
