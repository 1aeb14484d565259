/** Changes of an overlay as a proposal makes them. Pure. */
import type { ManifestObject } from '../../lint/manifest-set.ts';
import type { OverlayChange, OverlayTarget } from '../../overlay/overlay-document.ts';
import type { UnitFacts } from '../unit-facts.ts';

export type Change = OverlayChange;

/** Pointer and value of what is set, pointers of what is removed. */
export interface Edit {
  readonly reason: string;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
}

/** One change for each reason; nothing where nothing is to do. Removals of one list come last index first. */
export function changesOf(object: ManifestObject, facts: UnitFacts, edits: readonly Edit[]): readonly Change[] {
  const byReason = Map.groupBy(edits, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, same]): Change[] => {
    const set = Object.assign({}, ...same.map((edit) => edit.set ?? {})) as Change['set'];
    const remove = same.flatMap((edit) => edit.remove ?? []).toSorted(deepestLast);
    if (Object.keys(set ?? {}).length === 0 && remove.length === 0) return [];
    return [
      {
        reason,
        object: targetOf(object, facts),
        ...(remove.length > 0 ? { remove } : {}),
        ...(Object.keys(set ?? {}).length > 0 ? { set } : {}),
      },
    ];
  });
}

/** The namespace only where it is needed to tell two objects apart, and written. */
function targetOf({ kind, name, value }: ManifestObject, facts: UnitFacts): OverlayTarget {
  const twins = facts.objects.filter((other) => other.kind === kind && other.name === name);
  const { namespace } = (value.metadata ?? {}) as { readonly namespace?: unknown };
  return twins.length > 1 && typeof namespace === 'string' ? { kind, name, namespace } : { kind, name };
}

export function dropOf(object: ManifestObject, facts: UnitFacts, reason: string): Change {
  return { reason, drop: targetOf(object, facts) };
}

/** `/a/10` before `/a/9`, so that no removal moves what a later one names. */
function deepestLast(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
