import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { createFakeScene, PODS } from '../../testkit/fakes/fake-scene.ts';
import { clientPodOf, openClientPod, startsInPodsOf, withPodTemplate } from './client-pod.ts';

const ROLLOUT: KubeObject = {
  metadata: { name: 'shop', namespace: 'bookinfo', labels: { 'app.kubernetes.io/part-of': 'shop' } },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop', version: 'v1' }, annotations: { 'sidecar.istio.io/proxyCPU': '10m' } },
      spec: { containers: [{ name: 'shop', image: 'shop:v1' }], terminationGracePeriodSeconds: 30 },
    },
  },
};
const POD = '/api/v1/namespaces/bookinfo/pods/shop-client';

describe('the pod template of a Rollout that runs the pods of another object', () => {
  const { template } = ROLLOUT.spec as { template: object };
  const referring = (kind: string): KubeObject => ({
    metadata: ROLLOUT.metadata,
    spec: { workloadRef: { apiVersion: kind === 'PodTemplate' ? 'v1' : 'apps/v1', kind, name: 'shop' } },
  });
  const scene = (found: KubeObject | undefined) => ({ client: { get: async () => found } }) as never;

  it.each([
    ['Deployment', { metadata: { name: 'shop' }, spec: { template } }],
    ['PodTemplate', { metadata: { name: 'shop' }, template }],
  ])('is that of the %s', async (kind, found) => {
    const whole = await withPodTemplate(referring(kind), scene(found));
    expect(clientPodOf(whole)).toEqual(clientPodOf(ROLLOUT));
  });

  it('is its own where it has one, and an error where nobody has', async () => {
    expect(await withPodTemplate(ROLLOUT, scene(undefined))).toBe(ROLLOUT);
    await expect(withPodTemplate(referring('Deployment'), scene(undefined))).rejects.toMatchObject({
      code: 'ROLLOUT_TEMPLATE_MISSING',
      exitCode: 3,
    });
  });
});

describe('a client pod beside a Rollout', () => {
  it('is one of its pods that neither its selector nor its versions know', () => {
    const pod = clientPodOf(ROLLOUT);
    expect(pod.spec).toEqual({ containers: [{ name: 'shop', image: 'shop:v1' }], terminationGracePeriodSeconds: 1 });
    expect(pod.metadata).toEqual({
      name: 'shop-client',
      namespace: 'bookinfo',
      labels: { app: 'shop-client', 'canaryproof.dev/client': 'shop' },
      annotations: { 'sidecar.istio.io/proxyCPU': '10m' },
    });
  });

  it('is needed where clients would start in pods of the Rollout', () => {
    const path = {
      kind: 'mesh',
      namespace: 'bookinfo',
      service: 'shop',
      port: 80,
      path: '/',
      ratePerSecond: 1,
    } as const;
    expect(startsInPodsOf(ROLLOUT, { ...path, from: { app: 'shop' } })).toBe(true);
    expect(startsInPodsOf(ROLLOUT, { ...path, from: { app: 'caller' } })).toBe(false);
    expect(startsInPodsOf(ROLLOUT, { kind: 'ingress', host: 'shop', path: '/', ratePerSecond: 1 })).toBe(false);
  });

  it('is there until it is closed', async () => {
    const scene = await createFakeScene();
    scene.client.react = (write) => {
      if (write !== 'apply Pod shop-client') return;
      const status = {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name: 'shop', ready: true, state: { running: {} } }],
      };
      scene.client.put(PODS, { ...clientPodOf(ROLLOUT), status });
    };
    {
      await using client = await openClientPod(ROLLOUT, scene);
      expect(await scene.client.list(PODS, 'canaryproof.dev/client=shop')).toHaveLength(1);
      expect(client.labels).toHaveProperty('app', 'shop-client');
    }
    expect(scene.client.writes.at(-1)).toBe(`delete ${POD}`);
  });

  it('is taken away again when it never becomes ready', async () => {
    const scene = await createFakeScene();
    await expect(openClientPod(ROLLOUT, scene)).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
    expect(scene.client.writes.at(-1)).toBe(`delete ${POD}`);
  });
});
