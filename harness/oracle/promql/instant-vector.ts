/** Results of an evaluation at one instant. */
import { evaluationError } from './promql-error.ts';
import { type Labels, labelKey } from './series.ts';

export interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
}

export type PromValue =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly VectorSample[] };

export const METRIC_NAME = '__name__';

/** What a result that is no longer the metric is called by. */
export function withoutName(labels: Labels): Labels {
  if (!(METRIC_NAME in labels)) return labels;
  const { [METRIC_NAME]: _, ...rest } = labels;
  return rest;
}

export function keepLabels(labels: Labels, kept: readonly string[]): Labels {
  return Object.fromEntries(kept.flatMap((label) => (labels[label] ? [[label, labels[label]]] : [])));
}

export function dropLabels(labels: Labels, dropped: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => !dropped.includes(label)));
}

/** Throws PROMQL_EVALUATION when two samples have the same labels: Prometheus refuses to answer then. */
export function requireDistinct(samples: readonly VectorSample[]): readonly VectorSample[] {
  if (samples.length > 1 && new Set(samples.map(({ labels }) => labelKey(labels))).size < samples.length)
    throw evaluationError('vector cannot contain metrics with the same labelset');
  return samples;
}
