/** From a folder to a diff: it applies, the linter has nothing new to say, and threads leave no trace. */

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { programs as running } from '../process/run-program.ts';
import type { Profile } from '../profile/profile.ts';
import { counted } from '../simulation/batches.ts';
import { CALM_LATENCY, okShare, policySource, referencePolicy, scenario } from '../simulation/policy-fixture.ts';
import { playPrograms } from '../testkit/fakes/played-programs.ts';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
import { runOnThreads } from './run-on-threads.ts';
import { type SimulatePolicyRequest, simulatePolicy } from './simulate-policy.ts';
import { unifiedDiff } from './unified-diff.ts';

const NO_PROGRAMS = {
  kustomize: () => Promise.reject(new Error('nothing here is to be rendered')),
  helm: () => Promise.reject(new Error('nothing here is to be rendered')),
};
const source = policySource(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'simulate-policy-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function folder(name: string, files: Readonly<Record<string, readonly unknown[]>>): Promise<string> {
  for (const [file, objects] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name, file)), { recursive: true });
    await writeFile(path.join(root, name, file), objects.map((one) => stringify(one)).join('---\n'));
  }
  return path.join(root, name);
}

const request = (folder: string, changes: Partial<SimulatePolicyRequest> = {}): SimulatePolicyRequest => ({
  source: folder,
  rollout: undefined,
  unit: undefined,
  ratePerSecond: 20,
  arrivals: 'poisson',
  fano: 1,
  fanoKnown: true,
  stable: { errorShare: 0.01, latency: CALM_LATENCY },
  bad: { fault: { errorShare: 0.3 }, latency: CALM_LATENCY },
  scrapeIntervalMs: 5000,
  approvalMs: 60_000,
  releases: 100,
  seed: 3,
  maxFalse: 0.2,
  maxMiss: 0.05,
  recommend: undefined,
  ...changes,
});

describe('which policy', () => {
  const small = { releases: 5, maxFalse: undefined, maxMiss: undefined };

  it('a profile that refers to an address says what to clone, and that is all', async () => {
    const repository = { from: { url: 'ssh://me:needle@git.test/shop.git', commit: 'a1b2c3' }, unit: 'folder deploy' };
    const profile = { name: 'remote', file: '/remote/profile.yaml', source: { directory: undefined, repository } };
    const asked = request('', { ...small, source: profile as unknown as Profile });
    await expect(simulatePolicy(asked, NO_PROGRAMS, {})).rejects.toMatchObject({
      code: 'SIMULATION_REMOTE',
      exitCode: 2,
      message: expect.stringContaining('refers to ssh://***@git.test/shop.git, and'),
      hint: expect.stringMatching(/check out a1b2c3, .*--unit 'folder deploy'/),
    });
  });

  it('templates may stand in another unit; environments that differ in the namespace alone are one policy', async () => {
    const at = (object: Readonly<Record<string, unknown>>, namespace: string) => ({
      ...object,
      metadata: { ...(object.metadata as object), namespace },
    });
    const where = await folder('two', {
      'dev/all.yaml': [at(source.rollout, 'dev'), at(source.templates[0]!, 'dev')],
      'prod/all.yaml': [at(source.rollout, 'prod'), at(source.templates[0]!, 'prod')],
    });
    expect((await simulatePolicy(request(where, small), NO_PROGRAMS, {})).unit).toBe('folder dev');
    const named = await simulatePolicy(request(where, { ...small, unit: 'prod' }), NO_PROGRAMS, {});
    expect(named.unit).toBe('folder prod');
  });

  it('of which only a part is here is simulated, and that is said', async () => {
    const objects = [source.rollout, ...source.templates];
    const where = await folder('in-part', {
      'kustomization.yaml': [{ resources: ['github.com/example/base?ref=v1', 'all.yaml'] }],
      'all.yaml': objects,
    });
    const { run } = running;
    const rendered = {
      stdout: objects.map((one) => stringify(one)).join('---\n'),
      stderr: '',
      exitCode: 0,
      durationMs: 1,
    };
    playPrograms(async (argv, options) => (argv[0] === 'kustomize' ? rendered : run(argv, options)));
    const programs = { ...NO_PROGRAMS, kustomize: async () => 'kustomize' };
    const { warnings } = await simulatePolicy(request(where, small), programs, {});
    expect(warnings[0]).toEqual({
      code: 'UNIT_JUDGED_IN_PART',
      sentence: expect.stringContaining('it reads github.com/example/base?ref=v1, which is not in this repository'),
    });
  });

  it('two that differ are not chosen between', async () => {
    const other = { ...source.rollout, metadata: { name: 'cart' } };
    const where = await folder('several', { 'all.yaml': [source.rollout, other, ...source.templates] });
    await expect(simulatePolicy(request(where, small), NO_PROGRAMS, {})).rejects.toMatchObject({
      code: 'SIMULATION_ROLLOUT_AMBIGUOUS',
    });
  });
});

const series = [
  { policy: referencePolicy('30s', 0), scenario: scenario({ canaryErrors: 1 }), seed: 5, releases: 4700 },
  { policy: referencePolicy('30s', 0), scenario: scenario({ canaryErrors: 0.2 }), seed: 5, releases: 100 },
];

thorough('threads stop between two batches, and what goes wrong in one is thrown', async () => {
  await expect(runOnThreads(counted(series), { threads: 2, signal: AbortSignal.abort('enough') })).rejects.toBe(
    'enough',
  );
  const broken = series.map((one) => ({ ...one, policy: { ...one.policy, background: { metrics: [{}] } } }));
  await expect(runOnThreads(counted(broken as never), { threads: 2 })).rejects.toThrow();
});
describe('diffs', () => {
  it.each(
    fewOf(3, [
      ['a\nb\nc\n', 'a\nB\nc\n'],
      ['a\nb', 'a\nb\n'],
      ['a\nb\n', 'a\nb'],
      ['', 'a\n'],
      [`${'x\n'.repeat(20)}a\n${'y\n'.repeat(20)}b\n`, `new\n${'x\n'.repeat(20)}${'y\n'.repeat(20)}c\nb\nd\n`],
      ['a\na\nb\na\n', 'a\nb\na\na\nb\n'],
    ]),
  )('git makes %j into %j', async (before, after) => {
    const where = await folder('diff', {});
    await mkdir(where, { recursive: true });
    await writeFile(path.join(where, 'f'), before);
    await writeFile(path.join(where, 'd'), unifiedDiff('f', before, after));
    execFileSync('git', ['apply', 'd'], { cwd: where });
    expect(await readFile(path.join(where, 'f'), 'utf8')).toBe(after);
  });
});
