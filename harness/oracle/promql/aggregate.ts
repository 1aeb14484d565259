/** Aggregations over one instant vector (promql/engine.go, aggregation), in the order of its samples. */

import { formatResult } from '../measurement-phase.ts';
import { dropLabels, keepLabels, METRIC_NAME, type VectorSample } from './instant-vector.ts';
import { kahanAdd, kahanMean } from './kahan-sum.ts';
import { sampleQuantile } from './over-time.ts';
import { evaluationError } from './promql-error.ts';
import type { AggregateExpr, AggregateOperator } from './promql-tree.ts';
import { type Labels, labelKey } from './series.ts';

export function aggregate(
  { operator, without, labels }: Pick<AggregateExpr, 'operator' | 'without' | 'labels'>,
  samples: readonly VectorSample[],
  parameter: number | string,
): readonly VectorSample[] {
  if (operator === 'topk' || operator === 'bottomk')
    return extremeSamples({ operator, without, labels }, samples, Number(parameter));
  if (operator === 'count_values') return countedValues({ without, labels }, samples, String(parameter));
  const groups = new Map<string, { readonly labels: Labels; readonly values: number[] }>();
  for (const sample of samples) {
    const kept = without ? dropLabels(sample.labels, [...labels, METRIC_NAME]) : keepLabels(sample.labels, labels);
    const key = labelKey(kept);
    const group = groups.get(key);
    if (group) group.values.push(sample.value);
    else groups.set(key, { labels: kept, values: [sample.value] });
  }
  return [...groups.values()].map((group) => ({
    labels: group.labels,
    value: combine(operator, group.values, Number(parameter)),
  }));
}

type Grouping = Pick<AggregateExpr, 'without' | 'labels'>;

function groupLabels({ without, labels }: Grouping, own: Labels): Labels {
  return without ? dropLabels(own, [...labels, METRIC_NAME]) : keepLabels(own, labels);
}

/** The k largest or smallest of each group, best first, with all their labels; NaN counts for nothing. */
function extremeSamples(
  { operator, ...grouping }: Grouping & { readonly operator: 'topk' | 'bottomk' },
  samples: readonly VectorSample[],
  count: number,
): readonly VectorSample[] {
  if (Number.isNaN(count)) throw evaluationError(`parameter value of ${operator} is NaN`);
  if (Math.trunc(count) < 1) return [];
  const groups = Map.groupBy(samples, ({ labels }) => labelKey(groupLabels(grouping, labels)));
  const sign = operator === 'topk' ? -1 : 1;
  const rank = ({ value }: VectorSample) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value);
  const order = (a: VectorSample, b: VectorSample) =>
    rank(a) === rank(b) ? Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) : rank(a) < rank(b) ? -1 : 1;
  return [...groups.values()].flatMap((group) => group.toSorted(order).slice(0, Math.trunc(count)));
}

/** How many samples of a group have each value; the value becomes a label. */
function countedValues(grouping: Grouping, samples: readonly VectorSample[], label: string): readonly VectorSample[] {
  const counts = new Map<string, VectorSample>();
  for (const { labels, value } of samples) {
    const group = { ...dropLabels(groupLabels(grouping, labels), [label]), [label]: formatResult(value) };
    const key = labelKey(group);
    counts.set(key, { labels: group, value: (counts.get(key)?.value ?? 0) + 1 });
  }
  return [...counts.values()];
}

type CombiningOperator = Exclude<AggregateOperator, 'topk' | 'bottomk' | 'count_values'>;

function combine(operator: CombiningOperator, values: readonly number[], parameter: number): number {
  switch (operator) {
    case 'sum': {
      const first = { sum: values[0]!, compensation: 0 };
      const { sum, compensation } = values.slice(1).reduce((state, value) => kahanAdd(value, state), first);
      return sum + compensation;
    }
    case 'avg':
      return kahanMean(values);
    case 'min':
      return values.reduce((best, value) => (best > value || Number.isNaN(best) ? value : best));
    case 'max':
      return values.reduce((best, value) => (best < value || Number.isNaN(best) ? value : best));
    case 'count':
      return values.length;
    case 'group':
      return 1;
    case 'quantile':
      return sampleQuantile(parameter, values);
    case 'stdvar':
      return variance(values);
    case 'stddev':
      return Math.sqrt(variance(values));
  }
}

/** Welford's running variance, as the engine does it; a first value that is not finite makes it NaN. */
function variance(values: readonly number[]): number {
  let mean = values[0]!;
  let sum = Number.isFinite(mean) ? 0 : Number.NaN;
  values.slice(1).forEach((value, index) => {
    const delta = value - mean;
    mean += delta / (index + 2);
    sum += delta * (value - mean);
  });
  return sum / values.length;
}
