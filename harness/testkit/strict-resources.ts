/** The kinds that the API server in memory serves. */
import type { KubeObject } from '../../k8s/client/object.ts';

export interface ServedResource {
  readonly apiVersion: string;
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export const CORE: readonly ServedResource[] = [
  { apiVersion: 'v1', name: 'namespaces', kind: 'Namespace', namespaced: false },
  { apiVersion: 'v1', name: 'nodes', kind: 'Node', namespaced: false },
  { apiVersion: 'v1', name: 'pods', kind: 'Pod', namespaced: true },
  { apiVersion: 'v1', name: 'configmaps', kind: 'ConfigMap', namespaced: true },
  { apiVersion: 'v1', name: 'secrets', kind: 'Secret', namespaced: true },
  { apiVersion: 'apps/v1', name: 'deployments', kind: 'Deployment', namespaced: true },
  { apiVersion: 'apps/v1', name: 'statefulsets', kind: 'StatefulSet', namespaced: true },
  { apiVersion: 'batch/v1', name: 'jobs', kind: 'Job', namespaced: true },
  { apiVersion: 'rbac.authorization.k8s.io/v1', name: 'clusterroles', kind: 'ClusterRole', namespaced: false },
  { apiVersion: 'storage.k8s.io/v1', name: 'storageclasses', kind: 'StorageClass', namespaced: false },
  { apiVersion: 'coordination.k8s.io/v1', name: 'leases', kind: 'Lease', namespaced: true },
  { apiVersion: 'apiregistration.k8s.io/v1', name: 'apiservices', kind: 'APIService', namespaced: false },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    name: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
];

/** What a CustomResourceDefinition adds. */
export function definedResources(object: KubeObject): readonly ServedResource[] {
  if (object.kind !== 'CustomResourceDefinition') return [];
  const { group, scope, names, versions } = object.spec as {
    group: string;
    scope: string;
    names: { plural: string; kind: string };
    versions: readonly { name: string }[];
  };
  return versions.map(({ name }) => ({
    apiVersion: `${group}/${name}`,
    name: names.plural,
    kind: names.kind,
    namespaced: scope === 'Namespaced',
  }));
}
