import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { ReaderLine } from '../evidence/reader-lines.ts';
import { fakeReader } from '../testkit/fakes/fake-reader.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  fakeCluster,
  meshedPod,
  PODS,
  ROUTES,
  reviewsRoute,
} from '../testkit/fakes/fake-scene.ts';
import { watchScene } from './watch-scene.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';
const route: ReaderLine = {
  ...{ kind: 'route', at: 5, since: undefined, host: HOST },
  route: { weights: { 'reviews-v1': 100 }, version: '7', updatedMs: 5 },
};
const refused: ReaderLine = {
  ...{ kind: 'rejections', at: 6, since: undefined },
  rejections: [{ proxy: 'bookinfo/page', type: 'RDS', text: 'no' }],
};

const running = (pod: KubeObject, change: object = {}): KubeObject => ({
  ...pod,
  metadata: { ...pod.metadata, ...change },
  status: { ...(pod.status as object), podIP: '10.0.0.7' },
});

async function watched() {
  const entered: string[] = [];
  const cluster = fakeCluster({
    async loadAt(placement) {
      if (placement.kind !== 'mesh') throw new TypeError('readers run in pods');
      entered.push(placement.pod);
      return { argvPrefix: fakeReader(placement.pod === 'istiod' ? [refused] : [route]), ingressUrl: '' };
    },
  });
  const scene = await createFakeScene({ cluster });
  const lines = new Map<string, Record<string, unknown>[]>();
  const createLines = (name: string) => {
    const written: Record<string, unknown>[] = [];
    lines.set(name, written);
    return {
      path: name,
      count: 0,
      write: (line: object) => void written.push({ ...line }),
      close: () => ({}),
    } as never;
  };
  const over = new AbortController();
  const watching = watchScene(scene, { createLines }, over.signal);
  return { scene, entered, lines, over, watching, layers: scene.recorder.layers };
}
/** @throws Error of vitest when it does not come true */
const soon = (met: () => boolean) => expect.poll(met, { timeout: 5_000, interval: 10 }).toBe(true);

test('objects go raw into the run, and what the ledger needs into the record', async () => {
  const { scene, lines, over, watching, layers } = await watched();
  scene.client.put(ROUTES, reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 }));
  scene.client.put(APPLICATION_COLLECTION, application());
  scene.client.put(APPLICATION_COLLECTION, { ...application(), metadata: { name: 'other', namespace: 'argocd' } });
  scene.client.remove(ROUTES, 'reviews');
  expect(scene.recorder.history('bookinfo', 'reviews').map(({ deleted }) => deleted)).toEqual([false, true]);
  expect(layers.applications('argocd', 'bookinfo')).toHaveLength(1);
  expect(layers.applications('argocd', 'other')).toHaveLength(0);
  expect(lines.get('objects.jsonl.gz')?.map(({ type, kind }) => `${type} ${kind}`)).toEqual([
    'ADDED VirtualService',
    'ADDED Application',
    'ADDED Application',
    'DELETED VirtualService',
  ]);
  expect(lines.get('objects.jsonl.gz')?.[0]?.object).toMatchObject({ spec: { hosts: ['reviews'] } });
  over.abort();
  await watching;
});

test('a pod’s proxy is followed once its sandbox has an address, until the pod is gone', async () => {
  const { scene, entered, lines, over, watching, layers } = await watched();
  scene.client.put(PODS, meshedPod('page'));
  scene.client.put(PODS, running(meshedPod('job', { sidecar: false })));
  expect(entered).toEqual([]);
  scene.client.put(PODS, running(meshedPod('page')));
  await soon(() => layers.routesOf(HOST).has('bookinfo/page'));
  expect(entered).toEqual(['page']);
  expect(layers.isGateway('bookinfo/page')).toBe(false);
  expect(lines.get('xds.jsonl.gz')?.[0]).toMatchObject({ kind: 'route', proxy: 'bookinfo/page', version: '7' });
  scene.client.remove(PODS, 'page');
  expect(layers.routesOf(HOST).has('bookinfo/page')).toBe(false);
  over.abort();
  await watching;
});

test('istiod says who refuses; a proxy that routes for others is a gateway', async () => {
  const { scene, over, watching, layers } = await watched();
  const system = { ...PODS, namespace: 'istio-system' };
  const istiod = running(meshedPod('istiod', { sidecar: false }), {
    namespace: 'istio-system',
    labels: { app: 'istiod' },
  });
  scene.client.put(system, istiod);
  const front = running(meshedPod('front'), { namespace: 'istio-system' });
  const containers = [{ name: 'istio-proxy', args: ['proxy', 'router'] }];
  scene.client.put(system, { ...front, spec: { containers } });
  await soon(() => layers.refused.length === 1);
  expect(layers.refused[0]).toMatchObject({ proxy: 'bookinfo/page', type: 'RDS', text: 'no' });
  expect(layers.isGateway('istio-system/front')).toBe(true);
  over.abort();
  await watching;
});
