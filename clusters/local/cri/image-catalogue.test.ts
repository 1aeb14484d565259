import { expect, test } from 'vitest';
import { createCatalogue } from './cri-catalogue.ts';
import { type CatalogueSources, imageCatalogue } from './image-catalogue.ts';

const STAND_IN = { bundle: '/b/server.mjs', node: '/b/node' };
const EVERYTHING: CatalogueSources = {
  standIn: STAND_IN,
  coredns: '/b/coredns',
  istio: { pilotDiscovery: '/b/pd', pilotAgent: '/b/pa', envoy: '/b/envoy', bootstrapTemplate: '/b/t.json' },
  argocd: {
    argocd: '/b/argocd',
    gitVerifyWrapper: '/b/gvw',
    helm: '/b/helm',
    kustomize: '/b/kustomize',
    redisServer: '/b/redis',
    image: 'quay.io/argoproj/argocd*',
  },
  prometheus: '/b/prometheus',
  argoRollouts: '/b/rollouts',
  alertmanager: '/b/alertmanager',
  metricsServer: '/b/metrics-server',
  jaeger: '/b/jaeger',
  kyverno: '/b/kyverno',
  unleash: '/b/unleash-8',
  registry: '/b/registry',
};

test('an image of the profile is the stand-in with its environment', () => {
  const [entry, ...others] = imageCatalogue({ standIn: STAND_IN }, [
    { image: 'example.com/shop:*', standIn: { SERVICE: 'shop', VERSION: 'v2' } },
  ]);
  expect(others).toEqual([]);
  expect(entry).toEqual({
    image: 'example.com/shop:*',
    entrypoint: ['/usr/local/bin/node', '/app/server.mjs'],
    env: { CANARYPROOF_SERVICE: 'shop', CANARYPROOF_VERSION: 'v2' },
    replaces: 'stand-in',
    uid: '1000',
    gid: '1000',
    files: { '/app/server.mjs': '/b/server.mjs', '/usr/local/bin/node': '/b/node' },
  });
});

test('a component that is not installed has no image', () => {
  expect(imageCatalogue({ standIn: STAND_IN }, [])).toEqual([]);
  expect(imageCatalogue({ standIn: STAND_IN, prometheus: '/b/prometheus' }, [])).toHaveLength(1);
});

test('every entrypoint that an image names is among its files', () => {
  for (const { image, entrypoint = [], files = {} } of imageCatalogue(EVERYTHING, []))
    if (entrypoint[0]) expect(Object.keys(files), image).toContain(entrypoint[0]);
});

test('Unleash and its database run from the one tree of packages, by the Node of the stand-ins, and not as root', () => {
  const entries = imageCatalogue({ standIn: STAND_IN, unleash: '/b/unleash-8' }, []);
  expect(entries.map(({ entrypoint }) => entrypoint?.[1])).toEqual([
    '/unleash/node_modules/unleash-server/dist/server.js',
    '/unleash/node_modules/@electric-sql/pglite-socket/dist/scripts/server.js',
  ]);
  for (const { files, uid } of entries) {
    expect(files).toEqual({ '/usr/local/bin/node': '/b/node', '/unleash': '/b/unleash-8/tree' });
    expect(uid).toBe('1000');
  }
});

test('every name that Argo CD goes by is the one program', () => {
  const argocd = imageCatalogue(EVERYTHING, []).find(({ image }) => image.startsWith('quay.io/argoproj'));
  const names = Object.entries(argocd?.files ?? {}).filter(([, source]) => source === '/b/argocd');
  expect(names.map(([name]) => name)).toContain('/usr/local/bin/argocd-repo-server');
  expect(names.length).toBeGreaterThan(5);
  // each manifest names the command itself
  expect(argocd?.entrypoint).toEqual([]);
});

test.each([
  ['registry.istio.io/testing/proxyv2:latest', 'pilot-agent'],
  ['registry.istio.io/testing/pilot:latest', 'pilot-discovery'],
  ['registry.k8s.io/coredns/coredns:v1.12.0', 'coredns'],
  ['quay.io/prometheus/prometheus:v3.1.0', 'prometheus'],
  ['quay.io/argoproj/argo-rollouts:v1.9.2', 'rollouts-controller'],
  ['quay.io/prometheus/alertmanager', 'alertmanager'],
  ['gcr.io/k8s-staging-metrics-server/metrics-server:master', 'metrics-server'],
  ['docker.io/jaegertracing/jaeger:2.13.0', 'jaeger'],
  ['reg.kyverno.io/kyverno/kyverno:latest', 'kyverno'],
  ['docker.io/library/registry:3.1.2', 'registry'],
])('the runtime finds %s', (image, program) => {
  const catalogue = createCatalogue(imageCatalogue(EVERYTHING, []));
  expect(JSON.stringify(catalogue.find(image))).toContain(`/usr/local/bin/${program}`);
});
