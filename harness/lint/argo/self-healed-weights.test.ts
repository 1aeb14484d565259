import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { selfHealedWeightFindings } from './self-healed-weights.ts';

const ISTIO = 'networking.istio.io';
const rollout = (rule = '') => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, namespace: shop }
spec: { strategy: { canary: { trafficRouting: { istio: { virtualService: { name: shop }${rule} } } } } }
`;
const MESH = `apiVersion: ${ISTIO}/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec: { hosts: [shop] }
---
apiVersion: ${ISTIO}/v1
kind: DestinationRule
metadata: { name: shop, namespace: shop }
spec: { host: shop }
`;
const application = (automated: string, ignored = '') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec: { syncPolicy: { automated: ${automated} }${ignored === '' ? '' : `, ignoreDifferences: [${ignored}]`} }
`;
const weights = (entry: string, kind = 'VirtualService') => `{ group: ${ISTIO}, kind: ${kind}, ${entry} }`;
const WEIGHTS = weights(`jqPathExpressions: [".spec.http[]?.route[]?.weight"]`);
const HEALS = '{ selfHeal: true }';

function judged(...texts: readonly string[]): string[] {
  const set = parseManifestSet([{ path: 'a.yaml', text: [...texts, MESH].join('---\n') }]);
  return selfHealedWeightFindings(set).map(({ severity, code }) => `${severity} ${code}`);
}

describe('an Application that heals what a Rollout writes', () => {
  const FOUND = ['warning SELF_HEAL_RESETS_WEIGHTS'];
  test.each([
    ['ignores nothing', application(HEALS), FOUND],
    ['ignores something else', application(HEALS, weights('jsonPointers: [/spec/gateways]')), FOUND],
    ['ignores another kind', application(HEALS, weights('jsonPointers: [/spec/http]', 'Gateway')), FOUND],
    ['ignores the weights', application(HEALS, WEIGHTS), []],
    ['ignores whole routes', application(HEALS, weights('jsonPointers: [/spec/http/0]')), []],
    [
      'ignores what the controller owns',
      application(HEALS, weights('managedFieldsManagers: [rollouts-controller]')),
      [],
    ],
    ['heals nothing', application('{ prune: true }'), []],
    ['is not automated', application('{ selfHeal: true, enabled: false }'), []],
  ])('%s', (_what, text, expected) => {
    expect(judged(rollout(), text)).toEqual(expected);
  });

  test('subsets are asked for, too, where a Rollout marks them', () => {
    const marking = rollout(', destinationRule: { name: shop, stableSubsetName: a, canarySubsetName: b }');
    expect(judged(marking, application(HEALS, WEIGHTS))).toEqual(FOUND);
    const labels = weights(
      `jqPathExpressions: ['.spec.subsets[]?.labels["rollouts-pod-template-hash"]']`,
      'DestinationRule',
    );
    expect(judged(marking, application(HEALS, `${WEIGHTS}, ${labels}`))).toEqual([]);
  });

  test('beside another one, which ignores it', () => {
    const other = application(HEALS, WEIGHTS).replace('name: shop', 'name: routes');
    expect(judged(rollout(), application(HEALS), other)).toEqual([]);
  });

  test('the Rollout may be delivered by another Application', () => {
    const parse = (text: string) => parseManifestSet([{ path: 'a.yaml', text }]);
    const set = parse([MESH, application(HEALS)].join('---\n'));
    const others = [...set.objects, ...parse(rollout()).objects];
    expect(selfHealedWeightFindings({ ...set, others })).toHaveLength(1);
    const abroad = new Set(others.filter(({ kind }) => kind === 'Rollout'));
    expect(selfHealedWeightFindings({ ...set, others, abroad })).toEqual([]);
  });

  test('nothing is said where Argo CD itself ignores them, nor of a VirtualService that no Rollout steers', () => {
    const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm, namespace: argocd }
data: { resource.customizations.ignoreDifferences.networking.istio.io_VirtualService: "jsonPointers: [/spec/http]" }
`;
    expect(judged(rollout(), application(HEALS), settings)).toEqual([]);
    expect(judged(application(HEALS))).toEqual([]);
  });
});
