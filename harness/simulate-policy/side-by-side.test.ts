/** Several policies on the same traffic: each as if it were simulated alone, and those that cannot be with their reason. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { refusedLines, sideBySideLine, sideBySideTables } from '../../reports/model/simulation/side-by-side.ts';
import { packageRoot } from '../process/package-root.ts';
import type { Profile } from '../profile/profile.ts';
import { readPolicy } from '../simulation/policy.ts';
import { CALM_LATENCY, ENVOY_BOUNDS_MS, okShare, policySource, scenario } from '../simulation/policy-fixture.ts';
import { createSimulator } from '../simulation/simulate-release.ts';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';
import { namesOf, type SideBySideRequest, simulateSideBySide } from './side-by-side.ts';
import { simulatePolicy } from './simulate-policy.ts';

const NO_PROGRAMS = {
  kustomize: () => Promise.reject(new Error('nothing here is to be rendered')),
  helm: () => Promise.reject(new Error('nothing here is to be rendered')),
};
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'side-by-side-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A Rollout with a template of its own name. */
function policyOf(name: string, metric: Readonly<Record<string, unknown>> = {}): readonly object[] {
  const { rollout, templates } = policySource(
    { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.9', ...metric },
    { steps: ['50/60'] },
  );
  const text = JSON.stringify([{ ...rollout, metadata: { name } }, ...templates]).replaceAll('"limits"', `"${name}"`);
  return JSON.parse(text);
}

async function folder(name: string, objects: readonly object[]): Promise<string> {
  await mkdir(path.join(root, name), { recursive: true });
  await writeFile(path.join(root, name, 'all.yaml'), objects.map((one) => stringify(one)).join('---\n'));
  return path.join(root, name);
}

const request = (
  sources: SideBySideRequest['sources'],
  changes: Partial<SideBySideRequest> = {},
): SideBySideRequest => ({
  ...{ sources, ratePerSecond: 20, arrivals: 'poisson', fano: 1, fanoKnown: true, scrapeIntervalMs: 5000 },
  stable: { errorShare: 0.01, latency: CALM_LATENCY },
  bad: { fault: { errorShare: 0.3 }, latency: CALM_LATENCY },
  ...{ approvalMs: 60_000, releases: 60, seed: 3, maxFalse: undefined, maxMiss: undefined, recommend: undefined },
  ...changes,
});

describe('several policies', () => {
  thorough('of several folders, each as if it were simulated alone', async () => {
    const two = await folder('two', [...policyOf('strict'), ...policyOf('lax', { failureLimit: 50 })]);
    const third = await folder('third', policyOf('other', { interval: '20s' }));
    const compared = await simulateSideBySide(request([two, third]), NO_PROGRAMS, { threads: 1 });
    expect(compared.map(({ policy }) => policy)).toEqual(['lax', 'strict', 'other']);
    const { sources: _, ...rest } = request([]);
    const alone = await simulatePolicy({ ...rest, source: two, rollout: 'strict', unit: undefined }, NO_PROGRAMS, {
      threads: 1,
    });
    expect(compared[1]!.document).toEqual(alone);
    expect(compared[0]!.document!.miss!.count).toBe(60);
    expect(compared[1]!.document!.miss!.count).toBe(0);
    const [errors, decision, curves] = sideBySideTables(compared);
    expect(errors!.rows.map(([policy]) => policy)).toEqual(['policy', 'lax', 'strict', 'other']);
    expect(errors!.rows[1]!.at(-1)).toMatch(/^100 % \(9\d\.?\d*–100\)$/);
    expect(decision!.rows[1]!.slice(1, 3)).toEqual(['never', 'never']);
    expect(curves!.rows[0]).toEqual(expect.arrayContaining(['0 %', '1 %', '30 %']));
    expect(sideBySideLine(compared)).toMatch(/^60 simulated releases .* seed 3: 20 requests\/s, 1 % errors/);
  });

  thorough('one that cannot be simulated says why and leaves the others; none at all is an error', async () => {
    const job = { ...(policyOf('job') as readonly [object, { spec: { metrics: [object] } }]) };
    job[1].spec.metrics[0] = { name: 'smoke', provider: { job: {} } };
    const both = await folder('both', [...policyOf('strict'), job[0], job[1]]);
    const compared = await simulateSideBySide(request([both]), NO_PROGRAMS, { threads: 1 });
    expect(compared.map(({ refused }) => refused?.code)).toEqual(['SIMULATION_PROVIDER', undefined]);
    expect(refusedLines(compared)).toEqual([
      expect.stringMatching(/^not simulated: job .*SIMULATION_PROVIDER: metric smoke/),
    ]);
    expect(sideBySideTables(compared)[0]!.rows.length).toBe(2);
    const twoBad = { ...(policyOf('job-2') as readonly [object, { spec: { metrics: [object] } }]) };
    twoBad[1].spec.metrics[0] = { name: 'smoke', provider: { job: {} } };
    const bad = await folder('bad', [job[0], job[1], twoBad[0], twoBad[1]]);
    const failing = simulateSideBySide(request([bad]), NO_PROGRAMS, { threads: 1 });
    await expect(failing).rejects.toMatchObject({ code: 'SIMULATION_PROVIDER' });
    const known = await simulateSideBySide(request([bad], { treatAs: { smoke: 'pass' } }), NO_PROGRAMS, { threads: 1 });
    expect(known.map(({ document }) => document?.falseStop.count)).toEqual([0, 0]);
  });

  it('one alone is not compared; a profile chooses its Rollout', async () => {
    const two = await folder('chosen', [...policyOf('strict'), ...policyOf('lax')]);
    const one = await folder('one', policyOf('strict'));
    await expect(simulateSideBySide(request([one]), NO_PROGRAMS, {})).rejects.toMatchObject({
      code: 'SIMULATION_SIDE_BY_SIDE',
      exitCode: 2,
    });
    const source = { directory: two, repository: undefined, application: undefined };
    const profile = { name: 'p', file: 'p', source, simulation: { rollout: 'lax' } } as unknown as Profile;
    const compared = await simulateSideBySide(request([profile, one], { releases: 5 }), NO_PROGRAMS, { threads: 1 });
    expect(compared.map(({ policy }) => policy)).toEqual(['lax', 'strict']);
  });
});

describe('names', () => {
  const named = (name: string, source: Profile | string, unit = 'folder .') => ({ name, unit, source });
  const profile = { name: 'gridos' } as Profile;

  it('are those of the Rollouts, with where they are from only where several bear one', () => {
    expect(namesOf([named('shop', '/a/x'), named('cart', '/a/x'), named('shop', '/b/y')])).toEqual([
      'shop (x)',
      'cart',
      'shop (y)',
    ]);
    expect(namesOf([named('shop', '/a/base'), named('shop', '/b/base'), named('shop', profile)])).toEqual([
      'shop (a/base)',
      'shop (b/base)',
      'shop (gridos)',
    ]);
    expect(namesOf([named('shop', '/a', 'overlays/dev'), named('shop', '/a', 'overlays/prod')])).toEqual([
      'shop (overlays/dev)',
      'shop (overlays/prod)',
    ]);
    expect(namesOf([named('shop', '/a', 'dev'), named('shop', '/a', 'prod'), named('shop', '/b')])).toEqual([
      'shop (a, dev)',
      'shop (a, prod)',
      'shop (b)',
    ]);
  });
});

describe('the policies of docs/policies', async () => {
  const place = path.join(packageRoot(), 'docs', 'policies');
  const files = await readdir(place);

  it('are eight', () => expect(files).toHaveLength(8));

  it.each(fewOf(3, files))(
    '%s is a policy that its file describes, and stops a canary of which half is wrong',
    async (file) => {
      const text = await readFile(path.join(place, file), 'utf8');
      expect(text).toMatch(/^# \w.*\n/);
      const [rollout, ...templates] = parseAllDocuments(text).map((one) => one.toJS());
      expect(`${rollout.metadata.name}.yaml`).toBe(file);
      const policy = readPolicy(rollout, templates, 'default');
      const latency = { ...CALM_LATENCY, slow: { share: 0.5, times: 20 } };
      const meeting = { ratePerSecond: 20, bucketBoundsMs: ENVOY_BOUNDS_MS, canary: { errorShare: 0.5, latency } };
      const { compiled, simulate } = createSimulator(policy, scenario(meeting), 1);
      expect(compiled.metrics.map(({ query }) => query.evaluatedBy)).toEqual(compiled.metrics.map(() => 'compiled'));
      expect(simulate(0).outcome).toBe('aborted');
      expect(createSimulator(policy, scenario({ ratePerSecond: 20 }), 1).simulate(0).outcome).toBe('promoted');
    },
  );
});
