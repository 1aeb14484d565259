/** In what the renderings of several overlays differ: fields of the same object, and objects that some lack. Pure. */
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../k8s/client/object.ts';

export interface OverlayDifference {
  readonly kind: string;
  /** Name of the object. */
  readonly name: string;
  /** Field with dots, or undefined when the object as a whole is missing somewhere. */
  readonly path: string | undefined;
  /** What each overlay says, in their order; undefined where it says nothing. */
  readonly values: readonly (string | undefined)[];
}

export interface AllowedDifference {
  readonly kind: string;
  readonly path?: string | undefined;
}

/** @throws YAMLParseError of a text that is not whole */
export function objectsOf(rendered: string): KubeObject[] {
  return parseAllDocuments(rendered).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    const value = document.toJS() as KubeObject | null;
    return value?.kind === undefined ? [] : [value];
  });
}

export function differencesBetween(renderings: readonly (readonly KubeObject[])[]): OverlayDifference[] {
  const byKey = renderings.map(keyed);
  const keys = [...new Set(byKey.flatMap((objects) => [...objects.keys()]))].sort();
  return keys.flatMap((wanted): OverlayDifference[] => {
    const objects = byKey.map((known) => known.get(wanted));
    const example = objects.find((object) => object !== undefined);
    const head = { kind: example?.kind ?? '', name: example?.metadata.name ?? '' };
    if (objects.includes(undefined))
      return [{ ...head, path: undefined, values: objects.map((object) => (object ? 'present' : undefined)) }];
    const leaves = objects.map((object) => new Map(leavesOf(object)));
    const paths = [...new Set(leaves.flatMap((known) => [...known.keys()]))].sort();
    return paths
      .map((path) => ({ ...head, path, values: leaves.map((known) => known.get(path)) }))
      .filter(({ values }) => new Set(values).size > 1);
  });
}

/** Namespaces are what overlays differ in: objects of one name in several are told apart by the order of these. */
function keyed(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  const key = ({ apiVersion, kind, metadata }: KubeObject) => `${apiVersion} ${kind} ${metadata.name}`;
  const alike = Map.groupBy(objects, key);
  const placed = [...alike].flatMap(([name, all]) =>
    all
      .toSorted((a, b) => (a.metadata.namespace ?? '').localeCompare(b.metadata.namespace ?? '', 'en'))
      .map((object, place) => [place === 0 ? name : `${name} ${place}`, object] as const),
  );
  return new Map(placed);
}

/** An allowed path covers everything below it. */
export function isAllowed(difference: OverlayDifference, allowed: AllowedDifference): boolean {
  if (allowed.kind !== '*' && allowed.kind !== difference.kind) return false;
  if (allowed.path === undefined || difference.path === undefined) return allowed.path === difference.path;
  return difference.path === allowed.path || difference.path.startsWith(`${allowed.path}.`);
}

function leavesOf(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, JSON.stringify(value)]];
  return entries.flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`));
}
