/** Where `ignoreDifferences` stands, and which objects an entry of it is about. Pure. */
import type { ManifestObject } from '../manifest-set.ts';

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
