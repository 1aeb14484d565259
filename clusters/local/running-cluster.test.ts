import { expect, test } from 'vitest';
import { clusterFiles } from './cluster-files.ts';
import type { ClusterState } from './node-spec.ts';
import { runningCluster } from './running-cluster.ts';

test.each([
  [['istio', 'prometheus'], 'http://127.0.0.1:9001', 'http://127.0.0.1:9002'],
  [['istio'], undefined, 'http://127.0.0.1:9002'],
  [[], undefined, undefined],
])('with the addons %j it has the addresses of these, and no other', (addons, prometheusUrl, ingressUrl) => {
  const state = { init: { pid: 1 }, ports: { prometheus: 9_001, ingress: 9_002 } } as ClusterState;
  const cluster = runningCluster(clusterFiles('/state', 'shop', '/run/shop'), state, [], addons, false);
  expect(cluster).toMatchObject({ name: 'shop', provider: 'local' });
  expect([cluster.prometheusUrl, cluster.ingressUrl]).toEqual([prometheusUrl, ingressUrl]);
});
