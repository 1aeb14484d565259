/** A whole search, and the threads of a large one; simulate-policy.test.ts holds the rest. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { lintManifests } from '../lint/lint-manifests.ts';
import { counted, runHere } from '../simulation/batches.ts';
import { CALM_LATENCY, okShare, policySource, referencePolicy, scenario } from '../simulation/policy-fixture.ts';
import { applyEdits } from '../simulation/recommend/policy-edits.ts';
import { runOnThreads } from './run-on-threads.ts';
import { type SimulatePolicyRequest, simulatePolicy } from './simulate-policy.ts';

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

describe('a recommended change', () => {
  it('is a diff that git applies, on the fields that it names, and lint finds nothing new in it', async () => {
    const files = { 'deploy/rollout.yaml': [source.rollout], 'analysis/limits.yaml': source.templates };
    const where = await folder('recommended', files);
    const recommend = { varyThreshold: false, varySteps: false };
    const { recommendation, patch } = await simulatePolicy(request(where, { recommend }), NO_PROGRAMS, { threads: 1 });
    expect(recommendation).toMatchObject({ verdict: 'change' });
    expect(patch).toMatchObject({ byHand: [] });
    await writeFile(path.join(where, 'change.diff'), patch!.diff!);
    const read = async () => [
      { path: 'deploy/rollout.yaml', text: await readFile(path.join(where, 'deploy/rollout.yaml'), 'utf8') },
      { path: 'analysis/limits.yaml', text: await readFile(path.join(where, 'analysis/limits.yaml'), 'utf8') },
    ];
    const before = lintManifests(await read());
    execFileSync('git', ['apply', 'change.diff'], { cwd: where });
    const changed = await read();
    const codes = (findings: ReturnType<typeof lintManifests>) => findings.map(({ code }) => code).sort();
    expect(codes(lintManifests(changed))).toEqual(codes(before));
    const wanted = applyEdits(source, recommendation!.edits);
    expect(parse(changed[1]!.text)).toEqual(wanted.templates[0]);
    expect(parse(changed[0]!.text)).toEqual(wanted.rollout);
  });
});

describe('threads', () => {
  const series = [
    { policy: referencePolicy('30s', 0), scenario: scenario({ canaryErrors: 1 }), seed: 5, releases: 4700 },
    { policy: referencePolicy('30s', 0), scenario: scenario({ canaryErrors: 0.2 }), seed: 5, releases: 100 },
  ];

  it('1 and 3 give the same bytes as none', async () => {
    const summaries = (counts: ReturnType<typeof runHere<readonly { summary(): unknown }[]>>) =>
      JSON.stringify(counts.map((one) => one.summary()));
    const wanted = summaries(runHere(counted(series)));
    for (const threads of [1, 3]) expect(summaries(await runOnThreads(counted(series), { threads }))).toBe(wanted);
  });
});
