/** What the night keeps, by the steps of its workflow themselves on real repositories; no package, no cluster. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../process/package-root.ts';
import { commitAll, git } from '../../units/tree-fixture.ts';
import { containerOf, runContainer } from './run-container.ts';

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
const text = readFileSync(path.join(packageRoot(), 'docs/ci/github-nightly.yml'), 'utf8');
const { steps } = (parse(text) as { jobs: { night: { steps: Step[] } } }).jobs.night;

let folder: string;
let remote: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-night-'));
  remote = path.join(folder, 'remote.git');
  mkdirSync(remote);
  git(remote, 'init', '--quiet', '--bare');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A checkout in which steps of the workflow are run, as on a runner of its own. */
function night(name: string) {
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
const keptRuns = () => git(remote, 'ls-tree', '-r', '--name-only', 'canaryproof-history').split('\n').filter(Boolean);
const BEGIN = 'History of earlier nights';
const KEEP = 'Keep the history';

function judge(kept: string, run: string): void {
  mkdirSync(path.join(kept, 'shop'), { recursive: true });
  writeFileSync(path.join(kept, 'shop', `${run}.jsonl`), `{"run":"${run}"}\n`);
}

test('the first night begins the branch; the second one has its lines and adds its own', async () => {
  const first = night('first');
  expect(await first.run(BEGIN)).toMatchObject({ code: 0 });
  judge(first.kept, 'one');
  expect(await first.run(KEEP)).toEqual({ code: 0, output: '' });
  const second = night('second');
  expect(await second.run(BEGIN)).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(second.kept, 'shop'))).toEqual(['one.jsonl']);
  judge(second.kept, 'two');
  expect(await second.run(KEEP)).toMatchObject({ code: 0 });
  expect(keptRuns()).toEqual(['history/shop/one.jsonl', 'history/shop/two.jsonl']);
  // the branch of the history only: what is proven stays as it was
  expect(git(remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/canaryproof-history');
});

test('a history that cannot be read is not begun anew', async () => {
  const only = night('only');
  git(only.workspace, 'remote', 'set-url', 'origin', path.join(folder, 'nowhere'));
  const { code } = await only.run(BEGIN);
  expect(code).not.toBe(0);
});

describe('the CronJob', () => {
  /** `canaryproof VERB` writes down how it was called, and ends as it is told. */
  async function nightly(conform: number, history: number) {
    const source = path.join(folder, 'source');
    mkdirSync(path.join(folder, 'bin'));
    mkdirSync(source);
    writeFileSync(path.join(source, 'here'), '');
    commitAll(source);
    const recorded = `#!/bin/bash\n{ basename "$0"; printf '%s\\n' "$@"; ls; echo .; } >> ${folder}/calls\n`;
    const ends = `case "$1" in conform) exit ${conform} ;; history) exit ${history} ;; esac\n`;
    for (const name of ['npm', 'canaryproof'])
      writeFileSync(path.join(folder, 'bin', name), `${recorded}${ends}`, { mode: 0o755 });
    const { exitCode } = await runContainer(containerOf('docs/ci/nightly-cronjob.yaml'), {
      ...{ PATH: `${folder}/bin:${process.env.PATH}`, HOME: folder, KEPT: path.join(folder, 'kept') },
      ...{ SOURCE: `file://${source}`, TMPDIR: folder },
    });
    return { exitCode, calls: readFileSync(path.join(folder, 'calls'), 'utf8').split('.\n') };
  }

  test.each([
    [0, 0, 0],
    [1, 5, 1],
    [0, 5, 5],
  ])(
    'conform %i, history %i: the Job ends with %i, and the page is written in any case',
    async (conform, history, exitCode) => {
      const { exitCode: code, calls } = await nightly(conform, history);
      expect(code).toBe(exitCode);
      expect(calls[1]).toBe(
        `canaryproof\nconform\ndeploy/profile\n--run-dir\n${folder}/kept/runs\n--history\n${folder}/kept/history\nhere\n`,
      );
      expect(calls[2]).toContain('--issue');
    },
  );
});
