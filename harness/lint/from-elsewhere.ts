/** Objects of other units that a unit refers to: what is said of both together is a doubt, never an error. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Finding, ManifestObject, ManifestSet } from './manifest-set.ts';

/**
 * The object of another unit that is meant by a name, as it is in the namespace where it is looked for; undefined where
 * nobody brings one, or several that differ.
 */
export function meantElsewhere(
  { others = [], abroad }: ManifestSet,
  { kind, name, namespace }: Pick<ManifestObject, 'kind' | 'name' | 'namespace'>,
): ManifestObject | undefined {
  const known = others.filter((one) => one.kind === kind && one.name === name && abroad?.has(one) !== true);
  const inPlace = known.filter((one) => one.namespace === namespace);
  const candidates = inPlace.length > 0 ? inPlace : known.filter((one) => one.namespace === '' || namespace === '');
  const [first, ...more] = candidates;
  if (!first || more.some(({ value }) => !isDeepStrictEqual(value, first.value))) return undefined;
  return { ...first, namespace };
}

export function asDoubt(finding: Finding): Finding {
  return finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;
}
