import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { lintManifests } from '../lint-manifests.ts';

const rollout = (trafficRouting: object) => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'shop' } },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: { metadata: { labels: { app: 'shop' } } },
    strategy: { canary: { steps: [{ setWeight: 50 }, { pause: {} }], trafficRouting } },
  },
});

const httpRoute = (...backendRefs: readonly object[]) => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'shop' } },
  spec: { rules: [{ backendRefs }] },
});

function told(...objects: readonly object[]): readonly string[] {
  const text = objects.map((object) => stringify(object)).join('---\n');
  return lintManifests([{ path: 'all.yaml', text }], { namespace: 'shop' })
    .filter(({ code }) => code === 'SPLIT_NOT_JUDGED')
    .map(({ severity, sentence }) => `${severity} ${sentence}`);
}

it('a split by another router is said to be not judged', () => {
  const plugins = { 'argoproj-labs/gatewayAPI': { httpRoute: 'shop', namespace: 'shop' } };
  expect(told(rollout({ plugins, managedRoutes: [{ name: 'test' }] }))).toEqual([
    'info Rollout shop/shop is routed by argoproj-labs/gatewayAPI: whether that sends the canary the shares of its steps is not judged',
  ]);
  expect(told(rollout({ nginx: { stableIngress: 'shop' } }))).toHaveLength(1);
  expect(
    told(httpRoute({ name: 'shop', port: 80, weight: 90 }, { name: 'shop-canary', port: 80, weight: 10 })),
  ).toEqual(['info HTTPRoute shop/shop splits requests (shop 90, shop-canary 10), which is not judged']);
});

it('but not one of Istio, nor a route to one backend', () => {
  expect(told(rollout({ istio: { virtualService: { name: 'shop' } } }))).toEqual([]);
  expect(told(httpRoute({ name: 'shop', port: 80 }))).toEqual([]);
});
