/** Objects of other units that a unit refers to: what is said of both together is a doubt, never an error. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { type Finding, type ManifestObject, type ManifestSet, NOBODY, named } from './manifest-set.ts';

/** What other units bring to the cluster where this one goes. */
export function othersHere({ others = NOBODY, abroad = NOWHERE }: ManifestSet): readonly ManifestObject[] {
  if (abroad.size === 0) return others;
  const known = here.get(others) ?? new WeakMap();
  here.set(others, known);
  const found = known.get(abroad) ?? others.filter((one) => !abroad.has(one));
  known.set(abroad, found);
  return found;
}

const NOWHERE: ReadonlySet<ManifestObject> = new Set();
/** Once for all units of a cluster. */
const here = new WeakMap<object, WeakMap<ReadonlySet<ManifestObject>, readonly ManifestObject[]>>();

/**
 * The object of another unit that is meant by a name, as it is in the namespace where it is looked for; undefined where
 * nobody brings one, or several that differ.
 */
export function meantElsewhere(
  set: ManifestSet,
  { kind, name, namespace }: Pick<ManifestObject, 'kind' | 'name' | 'namespace'>,
): ManifestObject | undefined {
  const known = named(othersHere(set), kind, name);
  const inPlace = known.filter((one) => one.namespace === namespace);
  const candidates = inPlace.length > 0 ? inPlace : known.filter((one) => one.namespace === '' || namespace === '');
  const [first, ...more] = candidates;
  if (!first || more.some(({ value }) => !isDeepStrictEqual(value, first.value))) return undefined;
  return { ...first, namespace };
}

export function asDoubt(finding: Finding): Finding {
  return finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;
}
