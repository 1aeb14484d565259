/** Objects of all units of a repository, for what one of them needs of the others. Pure. */
import type { ManifestObject } from '../lint/manifest-set.ts';
import { isSameObject } from '../units/render/render-unit.ts';
import type { RenderedUnit } from '../units/unit-model.ts';

/**
 * Without what Applications deliver otherwise: beside them lie drafts, variants and manifests that somebody applied by hand.
 */
export function objectsOfUnits(units: readonly RenderedUnit[]): readonly ManifestObject[] {
  const of = (isDelivered: boolean) =>
    units.filter(({ unit }) => (unit.kind === 'application') === isDelivered).flatMap(({ objects }) => objects);
  const delivered = of(true);
  const byName = Map.groupBy(delivered, ({ name }) => name);
  const beside = of(false).filter((object) => !byName.get(object.name)?.some((one) => isSameObject(one, object)));
  return [...delivered, ...beside];
}
