import { expect, test } from 'vitest';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { packageRoot } from '../process/package-root.ts';
import { collectRepository } from '../profile/collect-repository.ts';
import { loadFault } from '../profile/faults.ts';
import { loadProfile } from '../profile/load-profile.ts';
import { type PlanInput, planConform } from './plan.ts';

const FINDING: FindingReport = {
  code: 'SOME',
  layer: 'manifest',
  severity: 'error',
  sentence: 'wrong',
  where: 'a.yaml:1:2',
};

async function planOf(
  name: string,
  faults: readonly string[] = [],
  changes: Partial<PlanInput> = {},
  found = [FINDING],
) {
  const profile = await loadProfile(name, { packageRoot: packageRoot(), workingDirectory: packageRoot() });
  return planConform(
    {
      ...{ profile, clusterName: 'mine', assurance: 'smoke', ratePerSecond: 20, provider: 'local', components: ['k6'] },
      faults: await Promise.all(faults.map((fault) => loadFault(profile, fault))),
      allowedShared: undefined,
      ...changes,
    },
    {
      collectFiles: () => collectRepository(profile, async () => ''),
      lintManifests: async (files) => (files.length === 0 ? [] : found),
    },
  );
}

test('a plan is data: the cluster, the files, the claims, what each costs, and what lint found', async () => {
  const plan = await planOf('gridos');
  expect(plan.cluster).toMatchObject({
    ...{ provider: 'local', name: 'mine', components: ['k6'], shared: [] },
    namespaces: [{ name: 'gridos-dev', isMeshed: true }],
  });
  expect(plan.files).toContain('applications/gridos/base/rollout.yaml');
  expect(plan.claims.map(({ id }) => id)).toContain('gridos/canary-steps');
  expect(plan.findings).toContainEqual({ ...FINDING, refuses: true });
  const { costs } = await planOf('bookinfo');
  expect(costs.filter(({ section, line }) => section === 'Load' && line.includes(': 20 requests/s,'))).not.toEqual([]);
});

test('manifests that cannot be read are all that is found', async () => {
  const syntax: FindingReport = { ...FINDING, code: 'MANIFEST_YAML_SYNTAX' };
  expect((await planOf('gridos', [], {}, [syntax])).findings).toEqual([{ ...syntax, refuses: true }]);
});

test('a split that is not there is a finding at its claim, and its cost is left out', async () => {
  const profile = await loadProfile('bookinfo', { packageRoot: packageRoot(), workingDirectory: packageRoot() });
  const claims = profile.claims.map((claim) =>
    claim.kind === 'traffic-split' ? { ...claim, virtualService: { ...claim.virtualService, name: 'review' } } : claim,
  );
  const { findings, costs } = await planOf('bookinfo', [], { profile: { ...profile, claims } }, []);
  expect(findings.filter(({ refuses }) => refuses)).toMatchObject([
    {
      code: 'SPLIT_VIRTUAL_SERVICE_MISSING',
      where: `${profile.file} (bookinfo/split-90-10)`,
      hint: expect.stringMatching(/Did you mean reviews\?$/),
    },
  ]);
  expect(costs.filter(({ line }) => line.includes('split-90-10'))).toEqual([]);
});

test('several faults are toured: a row for each stop; one fault leaves the claims as they are', async () => {
  const faults = ['split-100-0', 'split-80-20'];
  const tour = await planOf('bookinfo', faults);
  expect(tour.faults.map(({ name }) => name)).toEqual(faults);
  for (const fault of faults) expect(tour.claims.filter(({ id }) => id.includes(fault))).not.toEqual([]);
  const plain = await planOf('bookinfo');
  expect((await planOf('bookinfo', ['split-80-20'])).claims).toEqual(plain.claims);
});

test('on a cluster of others it says what they could notice, and what was agreed to', async () => {
  const agreed = 'EnvoyFilter/istio-system/canaryproof-errors';
  const { cluster } = await planOf('gridos', [], { allowedShared: [agreed] });
  expect(cluster.shared.map(({ object, isAllowed }) => [object, isAllowed])).toEqual([
    [agreed, true],
    ['ConfigMap/argo-rollouts/argo-rollouts-notification-configmap', false],
    ['EndpointSlice/monitoring/alert-receiver-run', false],
  ]);
});
