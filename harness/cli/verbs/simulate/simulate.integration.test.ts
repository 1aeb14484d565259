/** `simulate` of what has to be rendered: the shipped profiles, a kustomization whose overlay changes the policy, a chart. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { okShare, policySource } from '../../../simulation/policy-fixture.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { run } from '../../run.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'simulate-rendered-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function simulate(...argv: readonly string[]) {
  const world = createFakeWorld({ cwd: root, env: { ...process.env } as Record<string, string> });
  const exitCode = await run(world, ['simulate', ...argv, '-q']);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}

async function write(files: Readonly<Record<string, string>>) {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
}

const short = [
  '--traffic',
  '100/s',
  '--error-rate',
  '0',
  '--scrape',
  '2s',
  '--canary-error-rate',
  '30%',
  '--rollouts',
  '40',
];

it.each(['gridos', 'zero-downtime'])('renders the shipped profile %s as its Application does', async (profile) => {
  const { exitCode, stdout, stderr } = await simulate(profile, ...short);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('A perfect canary is rolled back in 0 % of releases.');
  expect(stdout).toMatch(/A bad canary \(30 % errors\) is promoted in 0 % of releases/);
  expect(stdout).toContain('(Application ');
});

const { rollout, templates } = policySource(
  { query: okShare('30s'), interval: '10s', failureLimit: 100, successCondition: 'result[0] >= 0.99' },
  { steps: ['50/40'] },
);

describe('an overlay', () => {
  const patch = [{ op: 'replace', path: '/spec/metrics/0/failureLimit', value: 0 }];

  it('is what counts: its patch makes the policy strict', async () => {
    await write({
      'shop/base/all.yaml': `${stringify(rollout)}---\n${stringify(templates[0])}`,
      'shop/base/kustomization.yaml': stringify({ resources: ['all.yaml'] }),
      'shop/overlays/dev/kustomization.yaml': stringify({
        resources: ['../../base'],
        patches: [{ target: { kind: 'AnalysisTemplate' }, patch: stringify(patch) }],
      }),
    });
    await write({ 'shop/overlays/prod/kustomization.yaml': stringify({ resources: ['../../base'] }) });
    const promoted = async (unit: string) => {
      const { stdout, stderr } = await simulate('shop', ...short, '--unit', unit, '-o', 'json');
      expect(stderr).toBe('');
      return JSON.parse(stdout).miss.p;
    };
    expect(await promoted('overlays/prod')).toBe(1);
    expect(await promoted('overlays/dev')).toBe(0);
    expect((await simulate('shop', ...short)).stderr).toMatch(/^error SIMULATION_ROLLOUT_AMBIGUOUS: .*overlays\/dev/);
  });
});

it('a chart with its values; what a template holds is changed by hand, with its place', async () => {
  const text = stringify(templates[0]).replace('failureLimit: 100', 'failureLimit: {{ .Values.limit }}');
  await write({
    'chart/Chart.yaml': stringify({ apiVersion: 'v2', name: 'shop', version: '1.0.0' }),
    'chart/values.yaml': stringify({ limit: 100 }),
    'chart/templates/rollout.yaml': stringify(rollout),
    'chart/templates/limits.yaml': text,
  });
  const argv = [
    'chart',
    ...short.slice(0, -1),
    '60',
    '--max-miss',
    '10%',
    '--max-false',
    '20%',
    '--recommend',
    '-o',
    'json',
  ];
  const { stdout, stderr } = await simulate(...argv);
  expect(stderr).toBe('');
  const { miss, recommendation, patch } = JSON.parse(stdout);
  expect(miss.p).toBe(1);
  expect(recommendation.verdict).toBe('change');
  const limit = patch.byHand.find(({ field }: { field: string }) => field.endsWith('failureLimit'));
  const line = text.split('\n').findIndex((one) => one.includes('failureLimit')) + 1;
  expect(limit.where).toMatch(new RegExp(`^chart/templates/limits\\.yaml:${line}:|^templates/limits\\.yaml:${line}:`));
  expect(parse(String(limit.value))).toBeLessThan(100);
});
