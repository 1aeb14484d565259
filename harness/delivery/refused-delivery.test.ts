import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { ROLLOUTS } from '../rollouts/rollout-object.ts';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { refusedDelivery } from './refused-delivery.ts';

const IN = { namespace: 'bookinfo' };
const ROUTES = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', namespace: 'shop' };
const AUTOSCALERS = { apiVersion: 'autoscaling/v2', resource: 'horizontalpodautoscalers', ...IN };

interface Left {
  readonly rollout?: object;
  readonly autoscaler?: object;
  /** Its spec in the cluster. */
  readonly liveRollout?: object;
  /** What Git holds beside the profile's own. */
  readonly manifest?: string;
  /** What the cluster made of it. */
  readonly live?: Readonly<Record<string, unknown>>;
}

async function refused(application: object, left: Left = {}) {
  const fresh = await createFakeScene();
  const scene = await createFakeScene({
    profile: { ...fresh.profile, addons: [...fresh.profile.addons, 'argo-rollouts'] },
    ...(left.manifest && {
      source: { ...fresh.source, manifests: [{ path: 'manifests/route.yaml', text: left.manifest }] },
    }),
  });
  const put = (collection: Parameters<typeof scene.client.put>[0], conditions: object, spec = {}) =>
    scene.client.put(collection, { metadata: { name: 'shop', ...IN }, spec, status: { conditions: [conditions] } });
  scene.client.put(ROUTES, { metadata: { name: 'shop', namespace: 'shop' }, spec: left.live ?? { hosts: ['shop'] } });
  if (left.rollout) put({ ...ROLLOUTS, ...IN }, left.rollout, left.liveRollout);
  if (left.autoscaler) put(AUTOSCALERS, left.autoscaler);
  return refusedDelivery(scene, { metadata: { name: 'shop' }, status: application } as KubeObject);
}

const failed = (message: string) => ({
  operationState: {
    phase: 'Failed',
    syncResult: {
      resources: [{ kind: 'VirtualService', name: 'shop', namespace: 'shop', status: 'SyncFailed', message }],
    },
  },
});

const ROUTE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [shop]
  http: [{ route: [{ destination: { host: shop } }] }]
`;
const compared = (status: string, phase = 'Succeeded') => ({
  sync: { status },
  operationState: { phase },
  resources: [
    { kind: 'Service', name: 'shop', namespace: 'shop', status: 'Synced' },
    { kind: 'VirtualService', name: 'shop', namespace: 'shop', status },
  ],
});
const pruned = `${ROUTE}  trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }\n`;

describe('a field that the API server drops', () => {
  it('is why an object that was applied is never in sync', async () => {
    expect(await refused(compared('OutOfSync'), { manifest: pruned })).toMatchObject({
      ...{ code: 'DELIVERY_REFUSED', exitCode: 1 },
      message: expect.stringMatching(
        /^VirtualService shop\/shop sets trafficPolicy in spec, a field that VirtualService does not have there: the cluster drops it \(manifests\/route\.yaml:7:\d+\), so Argo CD never finds it Synced$/,
      ) as string,
    });
  });

  it('is no reason where the cluster has it: its schemas are newer than those of this package', async () => {
    const live = { hosts: ['shop'], trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } };
    expect(await refused(compared('OutOfSync'), { manifest: pruned, live })).toBeUndefined();
  });

  it.each([
    ['where all is in sync', compared('Synced'), pruned],
    ['where a sync still runs', compared('OutOfSync', 'Running'), pruned],
    ['where the object differs in fields that exist', compared('OutOfSync'), ROUTE],
    [
      'where the same name has it in another namespace',
      compared('OutOfSync'),
      pruned.replace('namespace: shop', 'namespace: web'),
    ],
    ['where an object has it that is in sync', compared('OutOfSync'), pruned.replace('name: shop', 'name: other')],
  ])('is not named %s', async (_, application, manifest) => {
    expect(await refused(application, { manifest })).toBeUndefined();
  });
});

describe('an empty field that the controller leaves away', () => {
  const manifest = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, namespace: bookinfo }
spec:
  template:
    metadata: { annotations: {} }
`;
  const application = {
    sync: { status: 'OutOfSync' },
    operationState: { phase: 'Succeeded' },
    resources: [{ kind: 'Rollout', name: 'shop', namespace: 'bookinfo', status: 'OutOfSync' }],
  };
  const rollout = { type: 'Available', status: 'True' };

  it('is why a Rollout that was applied is never in sync', async () => {
    expect(await refused(application, { manifest, rollout })).toMatchObject({
      code: 'DELIVERY_REFUSED',
      message: expect.stringMatching(
        /^Rollout bookinfo\/shop sets spec\.template\.metadata\.annotations to an empty value \(manifests\/route\.yaml:6:\d+\), which the Rollouts controller leaves away, so Argo CD never finds it Synced$/,
      ) as string,
    });
  });

  it('is no reason where it is still there', async () => {
    const kept = { template: { metadata: { annotations: {} } } };
    expect(await refused(application, { manifest, rollout, liveRollout: kept })).toBeUndefined();
  });
});

describe('what their own manifests refuse', () => {
  it('is said in the words of the Rollouts controller', async () => {
    const rollout = { type: 'InvalidSpec', status: 'True', message: 'Service "shop-canary" not found' };
    expect(await refused({}, { rollout })).toMatchObject({
      code: 'DELIVERY_REFUSED',
      exitCode: 1,
      message: 'Rollout bookinfo/shop: Service "shop-canary" not found',
      where: 'Rollout bookinfo/shop',
    });
  });

  it('or of the autoscaler, or of the API server', async () => {
    const autoscaler = {
      type: 'AbleToScale',
      status: 'False',
      reason: 'FailedGetScale',
      message: 'no Rollout in apps/v1',
    };
    expect((await refused({}, { autoscaler }))?.message).toContain('HorizontalPodAutoscaler bookinfo/shop: no Rollout');
    expect((await refused(failed('admission webhook denied the request:\n total weight 90 != 100')))?.message).toBe(
      'VirtualService shop/shop: admission webhook denied the request: total weight 90 != 100',
    );
  });
});

it.each([
  ['nothing is refused', {}, {}],
  ['pods are slow to start', {}, { rollout: { type: 'Progressing', status: 'True', message: 'waits' } }],
  ['an older complaint is settled', {}, { rollout: { type: 'InvalidSpec', status: 'False', message: 'was' } }],
  ['a kind is missing in the cluster', failed('no matches for kind "VirtualService"'), {}],
  ['a sync is still tried', { operationState: { ...failed('denied').operationState, phase: 'Running' } }, {}],
])('no verdict where %s', async (_, application, left) => {
  expect(await refused(application, left)).toBeUndefined();
});
