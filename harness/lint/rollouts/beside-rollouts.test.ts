import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { lintManifests } from '../lint-manifests.ts';

const service = (name: string) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
  spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] },
});

const rollout = (canary: object = {}, spec: object = {}) => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'shop' } },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: { metadata: { labels: { app: 'shop' } } },
    strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }], ...canary } },
    ...spec,
  },
});

const deployment = (spec: object = {}, app = 'shop') => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' } },
  spec: { selector: { matchLabels: { app } }, template: { metadata: { labels: { app } } }, ...spec },
});

function told(...objects: readonly object[]): readonly string[] {
  const text = objects.map((object) => stringify(object)).join('---\n');
  return lintManifests([{ path: 'all.yaml', text }], { namespace: 'shop' })
    .filter(({ code }) => code === 'ROLLOUT_BESIDE_WORKLOAD')
    .map(({ severity, sentence }) => `${severity} ${sentence}`);
}

it('a Deployment beside a Rollout gets a share of its requests', () => {
  expect(told(rollout(), deployment(), service('shop'))).toEqual([
    "warning Deployment shop/shop runs pods that Rollout shop/shop selects as well, and Service shop/shop sends both their requests, so the old pods of Deployment shop get a share whatever the canary's steps say",
  ]);
});

it('but not with other labels, without pods, as the pods of the Rollout, or without a Service of both', () => {
  const all = [rollout(), service('shop')] as const;
  expect(told(...all)).toEqual([]);
  expect(told(...all, deployment({}, 'cart'))).toEqual([]);
  expect(told(...all, deployment({ replicas: 0 }))).toEqual([]);
  expect(told(rollout(), deployment())).toEqual([]);
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
  expect(told(rollout({}, { template: undefined, workloadRef: reference }), deployment(), service('shop'))).toEqual([]);
});

it('nor where the controller narrows the Services to its own pods', () => {
  const services = { stableService: 'shop', canaryService: 'shop-canary' };
  expect(told(rollout(services), deployment(), service('shop'), service('shop-canary'))).toEqual([]);
  const routed = { ...services, trafficRouting: { istio: { virtualService: { name: 'shop' } } } };
  expect(told(rollout(routed), deployment(), service('shop'), service('shop-canary'))).toEqual([]);
});
