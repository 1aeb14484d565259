/** Nights that meet, and the CronJob's other ends; night.test.ts holds the core. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

test.each([
  ['the very first ones', false],
  ['with a history', true],
])('two nights at once, %s: both are kept', async (_, withHistory) => {
  if (withHistory) {
    const before = night('before');
    await before.run(BEGIN);
    judge(before.kept, 'zero');
    await before.run(KEEP);
  }
  const [one, two] = [night('one'), night('two')];
  for (const each of [one, two]) expect(await each.run(BEGIN)).toMatchObject({ code: 0 });
  judge(one.kept, 'one');
  judge(two.kept, 'two');
  // the second pushes onto a branch that is no longer the one it read
  for (const each of [one, two]) expect(await each.run(KEEP), 'keeping').toMatchObject({ code: 0 });
  expect(keptRuns()).toEqual([
    'history/shop/one.jsonl',
    'history/shop/two.jsonl',
    ...(withHistory ? ['history/shop/zero.jsonl'] : []),
  ]);
});

test('a night that judged nothing leaves the branch alone', async () => {
  const only = night('only');
  await only.run(BEGIN);
  expect(await only.run(KEEP)).toMatchObject({ code: 0 });
  expect(git(remote, 'for-each-ref')).toBe('');
});
