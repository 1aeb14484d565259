/** The units of a repository in which there is something to prove. Pure. */
import type { ManifestObject } from '../../lint/manifest-set.ts';
import { variantUnits } from '../../units/file-variants.ts';
import { mergedFolders } from '../../units/merged-folders.ts';
import { foldersOf, isOfValueFile, type RenderedUnit, type RenderUnit } from '../../units/unit-model.ts';
import { objectsOfUnits } from '../other-units.ts';
import { worthOf } from '../propose.ts';

/** Best first: more to prove, then delivered by an Application, then in the order of the repository. */
export function candidatesIn(units: readonly RenderedUnit[], asked: string): readonly RenderedUnit[] {
  const own = worthwhile(withVariants(units), asked);
  if (own.length > 0) return [...own, ...completed(units, own, asked)];
  // an application in several folders, of which none is one alone
  const merged = worthwhile(mergedFolders(units), asked);
  if (merged.length > 0) return merged;
  // or one that several Applications deliver
  const others = objectsOfUnits(units);
  return worthwhile(withVariants(units, others), asked, others);
}

/** Behind them those that have something to prove with what other units bring: routes alone, say. */
function completed(
  units: readonly RenderedUnit[],
  own: readonly RenderedUnit[],
  asked: string,
): readonly RenderedUnit[] {
  const files = new Set(own.flatMap((one) => [...one.files]));
  const left = units.filter(
    (one) => one.objects.some(({ kind }) => ROUTED.test(kind)) && ![...one.files].some((file) => files.has(file)),
  );
  if (left.length === 0) return [];
  const others = objectsOfUnits(units);
  return worthwhile(withVariants(left, others), asked, others);
}

const ROUTED = /^(Rollout|VirtualService)$/;

/** In the place of a folder its variants, as far as there is something to prove in one of them. */
function withVariants(units: readonly RenderedUnit[], others: readonly ManifestObject[] = []): readonly RenderedUnit[] {
  return units.flatMap((unit) => {
    const variants = variantUnits(unit).filter((one) => worthOf(one, others) > 0);
    return variants.length > 0 ? variants : [unit];
  });
}

function worthwhile(
  units: readonly RenderedUnit[],
  asked: string,
  others: readonly ManifestObject[] = [],
): readonly RenderedUnit[] {
  return units
    .filter(({ unit }) => isAsked(unit, asked))
    .map((unit) => ({ unit, worth: worthOf(unit, others) }))
    .filter(({ worth }) => worth > 0)
    .toSorted((a, b) => b.worth - a.worth)
    .map(({ unit }) => unit)
    .filter((one, index, all) => !isOfValueFile(one.unit) || isFirstOfChart(one, all.slice(0, index), all));
}

/** Whether a unit is in the folder that was named; all are in the root. */
export function isAsked(unit: RenderUnit, asked: string): boolean {
  return asked === '' || foldersOf(unit).some((folder) => folder === asked || folder.startsWith(`${asked}/`));
}

/** Which values file is a question of its own; without any there may be nothing to prove in a chart. */
function isFirstOfChart(
  { unit }: RenderedUnit,
  before: readonly RenderedUnit[],
  all: readonly RenderedUnit[],
): boolean {
  const isSame = (other: RenderedUnit) =>
    other.unit.kind === 'chart' && foldersOf(other.unit)[0] === foldersOf(unit)[0];
  return !before.some(isSame) && !all.some((other) => isSame(other) && !isOfValueFile(other.unit));
}
