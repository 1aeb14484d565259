/** What a run may put into namespaces of others. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { ObjectPlace } from '../../k8s/client/ownership.ts';

/** Orders to Argo CD, which concern nobody but whom they name: the profile's own namespaces. */
const ORDERS = new Set(['applications', 'applicationsets']);

/** @param allowed `KIND/NAMESPACE/NAME` of each that the user agreed to */
export function sharedObjectsAllowed(allowed: readonly string[]): (object: KubeObject, place: ObjectPlace) => boolean {
  return ({ kind = '' }, { group, resource, namespace = '', name }) =>
    (group === 'argoproj.io' && ORDERS.has(resource)) || allowed.includes(`${kind}/${namespace}/${name}`);
}
