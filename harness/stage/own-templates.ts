/** Rollouts that run the pods of another object, as a copy has them. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';

interface Referring {
  readonly workloadRef?: { readonly kind: string; readonly name: string };
  readonly template?: object;
  readonly selector?: object;
}

/**
 * With the pod template and the selector that they refer to (`spec.workloadRef`) as their own, and without the object that
 * held them: a copy is released by its template, and no second controller runs the same pods beside it.
 */
export function withOwnTemplates(objects: readonly KubeObject[]): KubeObject[] {
  const held = new Set<KubeObject>();
  const own = objects.map((object) => {
    const { workloadRef, ...spec } = (object.spec ?? {}) as Referring;
    if (object.kind !== 'Rollout' || !workloadRef || spec.template) return object;
    const holder = objects.find(
      ({ kind, metadata }) =>
        kind === workloadRef.kind &&
        metadata.name === workloadRef.name &&
        metadata.namespace === object.metadata.namespace,
    );
    const { template, selector } = (holder?.spec ?? {}) as Referring;
    if (!holder || !template) return object;
    held.add(holder);
    return { ...object, spec: { ...spec, selector: spec.selector ?? selector, template } };
  });
  return own.filter((object) => !held.has(object));
}
