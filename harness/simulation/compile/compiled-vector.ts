/**
 * Expressions over series that are known beforehand: labels are matched and grouped once, and at run time only presence
 * and values are left. What would need labels at run time is NotCompiled, and the oracle itself evaluates it.
 */
import type { Labels } from '../../oracle/promql/series.ts';
import { labelKey } from '../../oracle/promql/series.ts';

/** One possible sample of a vector; undefined where the vector lacks it at that time. */
export interface Slot {
  readonly labels: Labels;
  readonly value: (timeMs: number) => number | undefined;
}

export type CompiledNode =
  | { readonly type: 'scalar'; readonly value: (timeMs: number) => number }
  | {
      readonly type: 'vector';
      readonly slots: readonly Slot[];
      /** Whether the oracle gives the samples in the order of the slots whichever are present. */
      readonly ordered: boolean;
    };
export type CompiledVector = CompiledNode & { readonly type: 'vector' };

/** Not an error of the user: the compiler hands the expression to the oracle. */
export class NotCompiled extends Error {}

export function vector(slots: readonly Slot[], ordered = true): CompiledVector {
  if (new Set(slots.map(({ labels }) => labelKey(labels))).size < slots.length)
    throw new NotCompiled('two series could get the same labels');
  return { type: 'vector', slots, ordered };
}

export function asVector(node: CompiledNode): CompiledVector {
  if (node.type === 'vector') return node;
  throw new NotCompiled('a scalar where a vector is expected');
}

export function asScalar(node: CompiledNode): (timeMs: number) => number {
  if (node.type === 'scalar') return node.value;
  throw new NotCompiled('a vector where a scalar is expected');
}
