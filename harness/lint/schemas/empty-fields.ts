/**
 * Empty maps and lists that do not stay where they are written. The Rollouts controller writes a Rollout from its own types,
 * which leave them away; Argo CD then finds the object different from Git for ever. What it compares as the built-in type
 * that it is (`spec.template.spec`) is no difference to it.
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asRecord, type ManifestObject } from '../manifest-set.ts';

export function emptyFields(object: ManifestObject): readonly ValuePath[] {
  return object.kind === 'Rollout' ? inside(object.value.spec, ['spec']) : [];
}

function inside(value: unknown, path: ValuePath): readonly ValuePath[] {
  if (path.join('.') === 'spec.template.spec') return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(asRecord(value) ?? {});
  return entries.flatMap(([key, inner]): readonly ValuePath[] => {
    const at = [...path, key];
    if (typeof key === 'string' && LEFT_AWAY.has(key) && isEmpty(inner)) return [at];
    return inside(inner, at);
  });
}

/** Maps and lists of a Rollout's own types that are left away when they are empty; an empty `pause` says something. */
const LEFT_AWAY = new Set([
  ...['annotations', 'labels', 'finalizers', 'matchExpressions'],
  ...['steps', 'routes', 'managedRoutes', 'virtualServices', 'templates', 'args', 'dryRun', 'measurementRetention'],
]);

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
