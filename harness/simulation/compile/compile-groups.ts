/** What compiled vectors are made into: sums and other aggregates of a group, and quantiles of histograms. */
import { aggregate } from '../../oracle/promql/aggregate.ts';
import { bucketQuantile } from '../../oracle/promql/bucket-quantile.ts';
import { dropLabels, withoutName } from '../../oracle/promql/instant-vector.ts';
import { kahanAdd } from '../../oracle/promql/kahan-sum.ts';
import type { AggregateExpr } from '../../oracle/promql/promql-tree.ts';
import { labelKey } from '../../oracle/promql/series.ts';
import { type CompiledNode, type Slot, vector } from './compiled-vector.ts';

export function mapped(slots: readonly Slot[], change: (value: number) => number): Slot[] {
  return slots.map(({ labels, value }) => ({
    labels: withoutName(labels),
    value: (timeMs) => {
      const own = value(timeMs);
      return own === undefined ? undefined : change(own);
    },
  }));
}

/** The oracle's compensated sum, without lists when there is one part only. */
export function sumOf(members: readonly Slot[]): Slot['value'] {
  return (timeMs) => {
    let state: { readonly sum: number; readonly compensation: number } | undefined;
    for (const { value } of members) {
      const own = value(timeMs);
      if (own === undefined) continue;
      state = state === undefined ? { sum: own, compensation: 0 } : kahanAdd(own, state);
    }
    return state === undefined ? undefined : state.sum + state.compensation;
  };
}

export function combined(
  expr: AggregateExpr,
  members: readonly Slot[],
  parameter: (timeMs: number) => number,
): Slot['value'] {
  return (timeMs) => {
    const samples = members.flatMap(({ value }) => {
      const own = value(timeMs);
      return own === undefined ? [] : [{ labels: {}, value: own }];
    });
    return aggregate({ operator: expr.operator, without: false, labels: [] }, samples, parameter(timeMs))[0]?.value;
  };
}

export function histogramQuantile(quantile: (timeMs: number) => number, slots: readonly Slot[]): CompiledNode {
  const histograms = new Map<
    string,
    { readonly labels: Slot['labels']; readonly buckets: (Slot & { bound: number })[] }
  >();
  for (const slot of slots) {
    const { le } = slot.labels;
    if (le === undefined) continue;
    const labels = dropLabels(slot.labels, ['le']);
    const bucket = { ...slot, bound: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le) };
    const key = labelKey(labels);
    const known = histograms.get(key);
    if (known) known.buckets.push(bucket);
    else histograms.set(key, { labels, buckets: [bucket] });
  }
  return vector(
    [...histograms.values()].map(
      ({ labels, buckets }): Slot => ({
        labels: withoutName(labels),
        value: (timeMs) => {
          const present = buckets.flatMap(({ bound, value }) => {
            const count = value(timeMs);
            return count === undefined ? [] : [{ upperBound: bound, count }];
          });
          return present.length === 0 ? undefined : bucketQuantile(quantile(timeMs), present);
        },
      }),
    ),
    histograms.size <= 1,
  );
}
