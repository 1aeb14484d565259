/** Where `ignoreDifferences` stands, and which objects an entry of it is about. Pure. */
import type { ManifestObject } from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';

/** Of an Application, or of those that an ApplicationSet makes. */
export function specPath({ group, kind }: ManifestObject): readonly string[] | undefined {
  if (group !== 'argoproj.io') return undefined;
  if (kind === 'Application') return ['spec'];
  return kind === 'ApplicationSet' ? ['spec', 'template', 'spec'] : undefined;
}

/** An entry's group, kind, name and namespace; `*` stands for any. */
export function isMeant(
  entry: Readonly<Record<string, unknown>>,
  { group, kind, name, namespace }: ManifestObject,
): boolean {
  const fits = (wanted: unknown, given: string) =>
    wanted === undefined || wanted === '' || wanted === '*' || wanted === given;
  return (
    (entry.group === group || entry.group === '*') &&
    (entry.kind === kind || entry.kind === '*') &&
    fits(entry.name, name) &&
    (namespace === '' || fits(entry.namespace, namespace))
  );
}

const byName = groupedBy(({ name }: ManifestObject) => [name]);

/** Those of a list that an entry is about, in its order. */
export function meantObjects(
  objects: readonly ManifestObject[],
  entry: Readonly<Record<string, unknown>>,
): readonly ManifestObject[] {
  const { name } = entry;
  const isNamed = typeof name === 'string' && name !== '' && name !== '*';
  return (isNamed ? (byName(objects).get(name) ?? []) : objects).filter((one) => isMeant(entry, one));
}
