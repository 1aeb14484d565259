/** Aggregations over one instant vector (promql/engine.go, aggregation), in the order of its samples. */
import { dropLabels, keepLabels, METRIC_NAME, type VectorSample } from './instant-vector.ts';
import { kahanAdd, kahanMean } from './kahan-sum.ts';
import { sampleQuantile } from './over-time.ts';
import type { AggregateExpr, AggregateOperator } from './promql-tree.ts';
import { type Labels, labelKey } from './series.ts';

export function aggregate(
  { operator, without, labels }: Pick<AggregateExpr, 'operator' | 'without' | 'labels'>,
  samples: readonly VectorSample[],
  parameter: number,
): readonly VectorSample[] {
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
    value: combine(operator, group.values, parameter),
  }));
}

function combine(operator: AggregateOperator, values: readonly number[], parameter: number): number {
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
