/**
 * Follows every object that a verdict may have to explain, for the whole run: one watch per kind and namespace. Each
 * event is stamped on arrival and handed on whole; nothing is kept here.
 */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import type { WatchArrival, WatchEventType } from '../../k8s/client/watch.ts';

export interface SeenObject {
  /** Unix milliseconds of arrival. */
  readonly atMs: number;
  readonly type: WatchEventType;
  readonly kind: string;
  readonly object: KubeObject;
  readonly arrival: WatchArrival;
}

/** Kinds of a profile's namespaces. Those without a definition are waited for. */
const NAMESPACED: readonly (Omit<Collection, 'namespace'> & { readonly kind: string })[] = [
  { kind: 'VirtualService', apiVersion: 'networking.istio.io/v1', resource: 'virtualservices' },
  { kind: 'DestinationRule', apiVersion: 'networking.istio.io/v1', resource: 'destinationrules' },
  { kind: 'Service', apiVersion: 'v1', resource: 'services' },
  { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', resource: 'endpointslices' },
  { kind: 'Pod', apiVersion: 'v1', resource: 'pods' },
  { kind: 'Event', apiVersion: 'v1', resource: 'events' },
  { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1', resource: 'rollouts' },
  { kind: 'AnalysisRun', apiVersion: 'argoproj.io/v1alpha1', resource: 'analysisruns' },
];
const POD = NAMESPACED.filter(({ kind }) => kind === 'Pod');
const APPLICATION = { kind: 'Application', apiVersion: 'argoproj.io/v1alpha1', resource: 'applications' };

export interface WatchedPlaces {
  /** Where the profile's workload lives. */
  readonly namespaces: readonly string[];
  /** Where only the pods matter: gateways and istiod. */
  readonly podNamespaces: readonly string[];
  readonly applicationNamespace: string;
}

/**
 * Resolves when the signal aborts.
 * @throws ApiError when the server refuses a watch, and whatever `onObject` throws
 */
export async function watchCluster(
  client: Pick<ClusterClient, 'watch'>,
  places: WatchedPlaces,
  now: () => number,
  onObject: (seen: SeenObject) => void,
  signal: AbortSignal,
): Promise<void> {
  const podsOnly = places.podNamespaces.filter((namespace) => !places.namespaces.includes(namespace));
  const collections = [
    ...places.namespaces.flatMap((namespace) => NAMESPACED.map((one) => ({ ...one, namespace }))),
    ...podsOnly.flatMap((namespace) => POD.map((one) => ({ ...one, namespace }))),
    { ...APPLICATION, namespace: places.applicationNamespace },
  ];
  await Promise.all(
    collections.map(({ kind, ...collection }) =>
      client.watch(
        collection,
        (type, object, arrival) => onObject({ atMs: now(), type, kind, object, arrival }),
        signal,
      ),
    ),
  );
}
