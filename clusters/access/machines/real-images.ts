/** Edits of addon manifests for clusters whose images are preloaded, or whose address ranges are not ours to choose. */
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';

interface Container {
  readonly imagePullPolicy?: string;
}
interface Template {
  readonly spec?: { readonly containers?: readonly Container[]; readonly initContainers?: readonly Container[] };
}

/** `imagePullPolicy: IfNotPresent` everywhere: a preloaded image must not be asked for at a registry. */
export function withPreloadedImages(object: KubeObject): KubeObject {
  const template = object.spec?.template as Template | undefined;
  if (!template?.spec?.containers) return object;
  const preloaded = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => ({ ...container, imagePullPolicy: 'IfNotPresent' }));
  const { containers, initContainers } = template.spec;
  const spec = {
    ...template.spec,
    containers: preloaded(containers),
    ...(initContainers ? { initContainers: preloaded(initContainers) } : {}),
  };
  return { ...object, spec: { ...object.spec, template: { ...template, spec } } };
}

/** Services without the fixed addresses that our own clusters give them: another cluster has another range. */
export function withoutFixedAddress(object: KubeObject): KubeObject {
  if (object.kind !== 'Service' || typeof object.spec?.clusterIP !== 'string' || object.spec.clusterIP === 'None')
    return object;
  const { clusterIP: _dropped, ...spec } = object.spec;
  return { ...object, spec };
}

/** A client that edits what it applies. */
export function editingClient(client: ClusterClient, edit: (object: KubeObject) => KubeObject): ClusterClient {
  return { ...client, apply: (objects, options) => client.apply(objects.map(edit), options) };
}
