import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { rolloutFindings } from './rollout-rules.ts';

const PODS = 'selector: { matchLabels: { app: shop } }, template: { metadata: { labels: { app: shop, version: v1 } } }';
const SERVICES = 'stableService: shop, canaryService: shop-canary';
const ISTIO = 'trafficRouting: { istio: { virtualService: { name: shop } } }';

function judged(spec: string, ...others: readonly string[]): string[] {
  const rollout = `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: shop }\nspec: { ${spec} }\n`;
  const set = parseManifestSet([{ path: 'a.yaml', text: [rollout, ...others].join('---\n') }]);
  return rolloutFindings(set)
    .filter(({ code }) => code === 'ROLLOUT_REFUSED' || code === 'ROLLOUT_SERVICE_SELECTOR')
    .map(({ severity, code, sentence, where }) => `${severity} ${code} ${where}: ${sentence}`);
}

const canary = (fields: string, pods = PODS) => judged(`${pods}, strategy: { canary: { ${fields} } }`);
const steps = (list: string, routing = ISTIO) => canary(`${SERVICES}, ${routing}, steps: [${list}]`);

describe('the controller refuses', () => {
  test.each([
    ['no selector', `template: {}, strategy: { canary: {} }`, 'has no selector'],
    [
      'a selector that its pods do not fit',
      `${PODS.replace('app: shop, version', 'app: shopp, version')}, strategy: { canary: {} }`,
      'selects pods with app=shop, which its own pods do not carry (app=shopp)',
    ],
    ['no strategy', `${PODS}, strategy: { canary: }`, 'has no strategy'],
    [
      'two strategies',
      `${PODS}, strategy: { canary: {}, blueGreen: { activeService: a } }`,
      'has two strategies, canary and blueGreen',
    ],
    [
      'one Service for both sides',
      `${PODS}, strategy: { blueGreen: { activeService: a, previewService: a } }`,
      'has one Service as activeService and previewService',
    ],
    [
      'a deadline before pods may be ready',
      `${PODS}, minReadySeconds: 600, strategy: { canary: {} }`,
      'gives up (progressDeadlineSeconds)',
    ],
    [
      'a template beside a reference',
      'workloadRef: { kind: Deployment, name: shop }, template: { spec: {} }, strategy: { canary: {} }',
      'has a template beside its workloadRef',
    ],
  ])('%s', (_what, spec, expected) => {
    const found = judged(spec);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`ROLLOUT_REFUSED`);
    expect(found[0]).toContain(expected);
  });

  test.each([
    [
      'one Service for ping and pong',
      `pingPong: { pingService: a, pongService: a }, ${ISTIO}`,
      'two different Services',
    ],
    [
      'one Service for stable and canary',
      `stableService: a, canaryService: a, ${ISTIO}`,
      'one Service as stableService',
    ],
    [
      'Istio without Services or subsets',
      ISTIO,
      'names neither stableService nor canaryService, nor a destinationRule',
    ],
    ['Istio without a canary Service', `stableService: a, ${ISTIO}`, 'names no canaryService'],
    ['Istio without a VirtualService', `${SERVICES}, trafficRouting: { istio: {} }`, 'names no VirtualService'],
    ['a delay that needs a router', 'scaleDownDelaySeconds: 30', 'sets scaleDownDelaySeconds'],
    ['neither surge nor loss', 'maxSurge: 0, maxUnavailable: "0%"', 'may neither surge nor lose a pod'],
  ])('%s', (_what, fields, expected) => {
    const found = canary(fields);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test.each([
    ['a weight of more than everything', '{ setWeight: 120 }', 'sets the weight 120'],
    ['two things in one step', '{ setWeight: 20, pause: {} }', 'has setWeight and pause in one step (number 1)'],
    ['a pause of null', '{ setWeight: 20 }, { pause: }', 'pause without an end is written pause: {}'],
    ['an unmanaged header route', '{ setHeaderRoute: { name: beta } }', 'managedRoutes does not name'],
  ])('steps: %s', (_what, list, expected) => {
    const found = steps(list);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('a header that is matched by nothing', () => {
    const routing = ISTIO.replace('{ istio', '{ managedRoutes: [{ name: beta }], istio');
    const step = (value: string) =>
      `{ setHeaderRoute: { name: beta, match: [{ headerName: x-beta, headerValue: ${value} }] } }`;
    expect(steps(step('{}'), routing)).toHaveLength(1);
    expect(steps(step('{ exact: a, prefix: b }'), routing)).toHaveLength(1);
    expect(steps(step('{ exact: a }'), routing)).toEqual([]);
  });
});

describe('nothing is said of', () => {
  test('a Rollout as it should be, a patch, and steps of a newer release', () => {
    expect(
      steps('{ setWeight: 20 }, { pause: {} }, { setCanaryScale: { replicas: 1 } }, { plugin: { name: a } }'),
    ).toEqual([]);
    expect(judged('strategy: { canary: { steps: [{ setWeight: 120 }] } }')).toEqual([]);
    expect(judged('template: { spec: {} }')).toEqual([]);
    expect(steps('{ newKind: { name: a } }')).toEqual([]);
    expect(canary(`pingPong: { pingService: ping, pongService: pong }, ${ISTIO}`)).toEqual([]);
    expect(canary('steps: [{ setWeight: 100 }]', 'workloadRef: { kind: Deployment, name: shop }')).toEqual([]);
  });
});

describe('a Service of the Rollout', () => {
  const service = (name: string, selector: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { selector: { ${selector} } }\n`;
  const spec = `${PODS}, strategy: { canary: { ${SERVICES}, canaryMetadata: { labels: { role: canary } } } }`;
  test.each([
    ['selects its pods', 'app: shop, rollouts-pod-template-hash: abc', []],
    ['selects others', 'app: shopp', ['app=shopp']],
    ['of the canary alone', 'app: shop, role: canary', ['role=canary']],
  ])('%s', (_what, selector, expected) => {
    const found = judged(spec, service('shop', selector), service('shop-canary', 'app: shop, role: canary'));
    expect(found.map((one) => /selects pods with ([^,]*),/.exec(one)?.[1])).toEqual(expected);
  });
  test('is one of several of that name', () => {
    expect(judged(spec, service('shop', 'app: other'), service('shop', 'app: shop'))).toEqual([]);
  });
  test('is compared with the pods of the Deployment that is referred to', () => {
    const deployment =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { template: { metadata: { labels: { app: shop } } } }\n';
    const refers = `workloadRef: { kind: Deployment, name: shop }, strategy: { canary: { ${SERVICES} } }`;
    expect(judged(refers, deployment, service('shop', 'app: shop'))).toEqual([]);
    expect(judged(refers, deployment, service('shop', 'app: web'))).toHaveLength(1);
    expect(judged(refers, service('shop', 'app: web'))).toEqual([]);
  });
});
