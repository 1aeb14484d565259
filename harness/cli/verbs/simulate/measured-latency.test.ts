/** Measured latencies on the command line: of a file or an earlier run, for a threshold on a quantile. */

import { mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createSamplesFile } from '../../../run-directory/samples-file.ts';
import { policySource, quantileMs } from '../../../simulation/policy-fixture.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { thorough } from '../../../testkit/runner/thorough.ts';
import { run } from '../../run.ts';
import { latencyOf } from './simulate-arguments.ts';

const { rollout, templates } = policySource(
  { query: quantileMs(0.95, '30s'), interval: '10s', successCondition: 'result[0] < 500', failureLimit: 2 },
  { steps: ['50/60'] },
);
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'measured-'));
  for (const name of ['shop', 'cart']) {
    await mkdir(path.join(root, name));
    const objects = [{ ...rollout, metadata: { name, namespace: 'demo' } }, ...templates];
    await writeFile(path.join(root, name, 'all.yaml'), objects.map((one) => stringify(one)).join('---\n'));
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function simulate(...argv: readonly string[]) {
  const world = createFakeWorld({ cwd: root });
  const traffic = ['--traffic', '50/s', '--scrape', '10s', '--rollouts', '30', '--fano', '1'];
  const exitCode = await run(world, ['simulate', './shop', ...traffic, '-q', ...argv]);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}

/** One answer in ten is slow, so the quantile 0.95 is above the limit. */
async function runWith(
  name: string,
  loads: readonly string[],
  tookMs = (index: number): number => (index % 10 === 0 ? 900 : 40),
) {
  await mkdir(path.join(root, 'runs', name), { recursive: true });
  for (const load of loads) {
    const samples = createSamplesFile(path.join(root, 'runs', name, `samples-${load}.jsonl.gz`));
    for (let sequence = 0; sequence < 500; sequence += 1) {
      const startMs = sequence * 100;
      const status = sequence % 50 === 7 ? 0 : 200;
      const answer = { endMs: startMs + tookMs(sequence), status, errorCode: 0, vu: 1, identity: '' };
      samples.write({ sequence, startMs, ...answer });
    }
    samples.close();
  }
}

thorough(
  'a file of bins or samples is what a good version takes, and the result says where it comes from',
  async () => {
    await writeFile(path.join(root, 'slow.txt'), `${[...Array(90).fill(40), ...Array(10).fill(900)].join('\n')}\n`);
    await writeFile(path.join(root, 'quick.json'), '{"bins":[{"upToMs":50,"count":99},{"upToMs":1000,"count":1}]}');
    const slow = await simulate('--latency', './slow.txt', '-o', 'json');
    expect([slow.exitCode, slow.stderr]).toEqual([0, '']);
    const report = JSON.parse(slow.stdout);
    expect(report.falseStop.count).toBe(30);
    expect(report.inputs.stable.latency).toMatchObject({ from: './slow.txt', counts: [0, 90, 0, 10, 0] });
    expect((await simulate('--latency', './slow.txt', '-o', 'json')).stdout).toBe(slow.stdout);
    const quick = await simulate(
      '--latency',
      'quick.json',
      '--canary-latency',
      './slow.txt',
      '-o',
      'human',
      '-o',
      'json=q.json',
    );
    expect(quick.stdout).toContain('assumed: answers take as long as 100 measured ones did (quick.json)');
    const both = JSON.parse(await readFile(path.join(root, 'q.json'), 'utf8'));
    expect([both.falseStop.count, both.miss.count]).toEqual([0, 0]);
    const compared = await simulate('./cart', '--latency', './slow.txt', '-o', 'json');
    const { policies } = JSON.parse(compared.stdout);
    expect(policies.map((one: { document: typeof report }) => one.document.falseStop.count)).toEqual([30, 30]);
  },
);

it('an earlier run is taken as it was, every answer and no request without one; of several loads one has to be named', async () => {
  await runWith('one', ['ingress']);
  await runWith('two', ['ingress', 'mesh']);
  const { latency } = JSON.parse((await simulate('--latency', 'runs/one', '-o', 'json')).stdout).inputs.stable;
  expect(latency).toMatchObject({ from: 'one, load ingress', counts: [0, 440, 0, 50, 0] });
  const several = await simulate('--latency', 'runs/two');
  expect(several.stderr).toMatch(/^error SIMULATION_RUN_LOAD: [\s\S]*two\/samples-NAME\.jsonl\.gz: ingress, mesh/);
  const named = await simulate('--latency', 'runs/two/samples-mesh.jsonl.gz', '-o', 'json');
  expect(JSON.parse(named.stdout).inputs.stable.latency.from).toBe('two, load mesh');
  expect((await simulate('--latency', 'runs/none')).stderr).toMatch(/^error LATENCY_FILE: /);
});

it.each<[code: string, exit: number, make: (file: string) => Promise<unknown>]>([
  ['LATENCY_FILE', 2, async () => undefined],
  ['LATENCY_FILE', 2, (file) => symlink('/dev/zero', file)],
  ['LATENCY_EMPTY', 2, (file) => writeFile(file, '')],
  ['LATENCY_NEGATIVE', 2, (file) => writeFile(file, '-1\n')],
  ['LATENCY_NOT_A_NUMBER', 2, (file) => writeFile(file, 'NaN\n')],
  ['LATENCY_CUT_SHORT', 2, (file) => writeFile(file, '12\n1')],
  [
    'LATENCY_TOO_LARGE',
    2,
    async (file) => {
      await using handle = await open(file, 'w');
      await handle.truncate(65 * 1024 ** 2);
    },
  ],
])('%s: exit %i, and nothing is simulated', async (code, exit, make) => {
  const file = path.join(root, `${code}.txt`);
  await make(file);
  const { exitCode, stdout, stderr } = await simulate('--latency', file);
  expect(stderr).toMatch(new RegExp(`^error ${code}: `));
  expect([exitCode, stdout]).toEqual([exit, '']);
});

it('a run that was cut short, or in which time runs backwards, measures nothing', async () => {
  await runWith('cut', ['ingress']);
  const file = path.join(root, 'runs', 'cut', 'samples-ingress.jsonl.gz');
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(0, whole.length - 12));
  const cut = await simulate('--latency', 'runs/cut');
  expect([cut.exitCode, cut.stderr]).toEqual([5, expect.stringMatching(/^error RUN_EVIDENCE_DAMAGED: /)]);
  await runWith('back', ['ingress'], (index) => (index === 20 ? -5 : 40));
  expect((await simulate('--latency', 'runs/back')).stderr).toMatch(/^error LATENCY_NEGATIVE: .*answer \d+ took -5 ms/);
});

it('distributions, files and run directories are told apart', () => {
  expect(latencyOf('lognormal:median=80ms,sigma=.5')).toEqual({ medianMs: 80, sigma: 0.5 });
  for (const file of ['./a', '/tmp/b', 'a.json', 'runs/one', 'a.txt']) expect(latencyOf(file)).toEqual({ file });
  for (const neither of ['slow', 'lognormal:median=80ms', 'lognormal:median=1/s,sigma=.5'])
    expect(() => latencyOf(neither)).toThrow();
});
