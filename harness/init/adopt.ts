/** What a unit needs and another unit of the repository brings. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { nearestTo } from '../units/nearest.ts';
import type { Change } from './changes/change.ts';
import type { Unprovable } from './subjects.ts';
import { type UnitFacts, workloadOf } from './unit-facts.ts';

export interface Adopted {
  readonly facts: UnitFacts;
  readonly changes: readonly Change[];
}

export interface AdoptedParts extends Adopted {
  readonly unprovable: readonly Unprovable[];
}

export interface Wanted {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Something that an object of the unit needs, and those of other units that could be it. */
export interface Need {
  readonly by: ManifestObject;
  readonly wanted: Wanted;
  readonly candidates: readonly ManifestObject[];
}

/** With those needs fulfilled of which the repository leaves no doubt; the others are said to be unproven. */
export function adoptNeeds(facts: UnitFacts, needs: readonly Need[], verb: string): AdoptedParts {
  const chosen = needs.map((need) => ({ ...need, nearest: nearestTo(need.by, need.candidates) }));
  const one = chosen.flatMap(({ by, wanted, candidates, nearest }) =>
    nearest[0] && areAlike(nearest)
      ? [{ by, object: inNamespace(nearest[0], wanted.namespace), isNearest: !areAlike(candidates) }]
      : [],
  );
  const all = [...new Map(one.map((each) => [nameOf(each.object), each])).values()];
  const objects = all.map(({ object }) => object);
  return {
    facts: {
      ...facts,
      objects: [...facts.objects, ...objects],
      workloads: [...facts.workloads, ...objects.flatMap(workloadOf)],
    },
    changes: all.map(({ object, by, isNearest }) => ({
      reason: `another unit of the repository brings it${isNearest ? ` (${object.path}, the nearest of several that differ)` : ''}, and ${nameOf(by)} ${verb}`,
      add: object.value as unknown as Change['add'],
    })),
    unprovable: chosen
      .filter(({ nearest }) => !areAlike(nearest))
      .map(({ by, wanted }) => ({
        what: nameOf(wanted),
        why: `units of the repository bring different ones, and nothing says which of them ${nameOf(by)} needs`,
      })),
  };
}

export function has({ objects }: UnitFacts, wanted: Wanted): boolean {
  return objects.some((one) => isNamed(one, wanted) && one.namespace === wanted.namespace);
}

function isNamed({ group, kind, name }: ManifestObject, wanted: Wanted): boolean {
  return group === wanted.group && kind === wanted.kind && name === wanted.name;
}

/** In the namespace itself, else in none; none where the unit has it, or nobody. */
export function candidatesFor(facts: UnitFacts, wanted: Wanted): readonly ManifestObject[] {
  if (has(facts, wanted)) return [];
  return inPlace(
    facts.others.filter((one) => isNamed(one, wanted)),
    wanted.namespace,
  );
}

export function inPlace(known: readonly ManifestObject[], namespace: string): readonly ManifestObject[] {
  const found = known.filter((one) => one.namespace === namespace);
  return found.length > 0 ? found : known.filter((one) => one.namespace === '');
}

/** One manifest may be rendered in several units; overlays of several environments differ. */
function areAlike([first, ...others]: readonly ManifestObject[]): boolean {
  return others.every(({ value }) => isDeepStrictEqual(value, first?.value));
}

/** In its own namespace now, where it named none. */
function inNamespace(found: ManifestObject, namespace: string): ManifestObject {
  const metadata = { ...asRecord(found.value.metadata), namespace };
  return { ...found, namespace, value: { ...found.value, metadata } };
}
