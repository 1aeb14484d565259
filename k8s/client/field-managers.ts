/**
 * Fields that one manager set by POST or patch count as `Update`, and an apply of the same manager would never drop them.
 * As client-go's csaupgrade does it, they are made part of what that manager applied. Pure.
 */
import type { KubeObject } from './object.ts';

type Fields = Readonly<Record<string, unknown>>;
type Entry = NonNullable<KubeObject['metadata']['managedFields']>[number] & { readonly subresource?: string };

const MANAGER = 'canaryproof';

/** A JSON patch, refused by the server when the object has changed meanwhile; undefined when there is nothing to do. */
export function asAppliedPatch({ metadata }: KubeObject): readonly object[] | undefined {
  const entries = (metadata.managedFields ?? []) as readonly Entry[];
  const isOurs = (entry: Entry) => entry.manager === MANAGER && !entry.subresource;
  const updates = entries.filter((entry) => isOurs(entry) && entry.operation === 'Update');
  const [first] = updates;
  if (first === undefined) return undefined;
  const applied = entries.find((entry) => isOurs(entry) && entry.operation === 'Apply');
  const fieldsV1 = [...updates, ...(applied ? [applied] : [])]
    .map((entry) => entry.fieldsV1 ?? {})
    .reduce((all, fields) => union(all, fields));
  const others = entries.filter((entry) => entry !== applied && !updates.includes(entry));
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [...others, { ...(applied ?? first), operation: 'Apply', fieldsV1 }],
    },
  ];
}

/** Of two field sets; leaves are empty objects. */
function union(one: Fields, other: Fields): Fields {
  const merged: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other))
    merged[key] = key in one ? union(one[key] as Fields, value as Fields) : value;
  return merged;
}
