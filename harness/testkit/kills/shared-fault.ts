/** A fault of a profile: weights behind Git's back, and an object that nobody declared. */
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { Profile } from '../../profile/profile.ts';
import type { Scene } from '../../scene/scene.ts';

const ROUTES = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' } as const;
const FAULT_WEIGHT = 1;
const route = (weight: number) => ({ http: [{ route: [{ weight }, { weight: 100 - weight }] }] });

/** Text of its file; JSON is YAML. */
export function faultFile(): string {
  return JSON.stringify({
    apiVersion: 'canaryproof.dev/v1alpha1',
    kind: 'Fault',
    name: 'weights',
    title: 'other weights',
    suspendAutoSync: false,
    apply: [{ apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', metadata: { name: 'wrong' }, spec: {} }],
    patches: [{ ...ROUTES, name: 'reviews', type: 'merge', patch: { spec: route(FAULT_WEIGHT) } }],
  });
}

/** What Git declares and the fault patches. */
export function declaredObjects(namespace: string): readonly KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { ...ROUTES, metadata: { name: 'reviews', namespace }, spec: route(90) },
  ];
}

export function sceneWithFault(client: ClusterClient, profile: Profile): Scene {
  const step = { update: () => undefined, done: () => undefined, fail: () => undefined };
  const recorder = { event: () => undefined };
  return { client, profile, progress: { step: () => step }, recorder } as unknown as Scene;
}

/** What of the fault is in the cluster. */
export async function faultInForce(admin: ClusterClient): Promise<readonly string[]> {
  const filters = await admin.list({ apiVersion: 'networking.istio.io/v1alpha3', resource: 'envoyfilters' });
  const routes = await admin.list({ apiVersion: ROUTES.apiVersion, resource: 'virtualservices' });
  return [
    ...filters.filter(({ metadata }) => metadata.name === 'wrong').map(() => 'EnvoyFilter wrong'),
    ...routes
      .filter(({ spec }) => (spec as ReturnType<typeof route>).http[0]?.route[0]?.weight === FAULT_WEIGHT)
      .map(({ metadata }) => `weights of ${metadata.namespace}/${metadata.name}`),
  ];
}
