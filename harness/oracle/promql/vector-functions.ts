/** Functions of one instant vector, sample by sample or as a whole (promql/functions.go). */
import { type Bucket, bucketQuantile } from './bucket-quantile.ts';
import { dropLabels, type VectorSample, withoutName } from './instant-vector.ts';
import { OF_DATE } from './promql-functions.ts';
import { type PromExpr, unwrapped } from './promql-tree.ts';
import { type Labels, labelKey } from './series.ts';

const OF_VALUE: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
  ...Object.fromEntries(
    Object.entries(OF_DATE).map(([name, ofDate]) => [
      name,
      (seconds: number) => ofDate(new Date(Math.trunc(seconds) * 1000)),
    ]),
  ),
};

/** `numbers` are the scalar arguments in their order. Undefined when the function is none of these. */
export function vectorFunction(
  name: string,
  samples: readonly VectorSample[],
  numbers: readonly number[],
): readonly VectorSample[] | undefined {
  const [first = 1, second = Number.NaN] = numbers;
  switch (name) {
    case 'clamp':
      return clamp(samples, first, second);
    case 'clamp_min':
      return clamp(samples, first, Number.POSITIVE_INFINITY);
    case 'clamp_max':
      return clamp(samples, Number.NEGATIVE_INFINITY, first);
    case 'round': {
      const inverse = 1 / first;
      return mapped(samples, (value) => Math.floor(value * inverse + 0.5) / inverse);
    }
    case 'histogram_quantile':
      return histogramQuantile(first, samples);
    case 'sort':
      return samples.toSorted((a, b) => ascending(a.value, b.value));
    case 'sort_desc':
      return samples.toSorted((a, b) => ascending(b.value, a.value) || 0);
    default: {
      const ofValue = OF_VALUE[name];
      return ofValue && mapped(samples, ofValue);
    }
  }
}

function mapped(samples: readonly VectorSample[], ofValue: (value: number) => number): readonly VectorSample[] {
  return samples.map(({ labels, value }) => ({ labels: withoutName(labels), value: ofValue(value) }));
}

function clamp(samples: readonly VectorSample[], least: number, most: number): readonly VectorSample[] {
  if (most < least) return [];
  return mapped(samples, (value) => goMax(least, goMin(most, value)));
}

/** Go's Max and Min: an infinity that decides wins even against NaN. */
function goMax(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);
}

function goMin(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}

/** NaN comes last in either direction of Prometheus' sort; ties keep their order. */
function ascending(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a - b;
}

/** Classic histograms: grouped by all labels but `le`; series whose `le` is no number are left out. */
function histogramQuantile(quantile: number, samples: readonly VectorSample[]): readonly VectorSample[] {
  const histograms = new Map<string, { readonly labels: Labels; readonly buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const upperBound = boundOf(labels.le);
    if (upperBound === undefined) continue;
    const rest = dropLabels(labels, ['le']);
    const key = labelKey(rest);
    const bucket = { upperBound, count: value };
    const known = histograms.get(key);
    if (known) known.buckets.push(bucket);
    else histograms.set(key, { labels: rest, buckets: [bucket] });
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({
    labels: withoutName(labels),
    value: bucketQuantile(quantile, buckets),
  }));
}

/** `+Inf` and numbers, as Go's ParseFloat reads them. */
function boundOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return undefined;
}

/** `absent` gives its sample the labels that the selector fixes to one value (createLabelsForAbsentFunction). */
export function labelsOfAbsent(argument: PromExpr): Labels {
  const expr = unwrapped(argument);
  if (expr.kind !== 'selector') return {};
  const labels: Record<string, string> = {};
  const fixed = new Set<string>();
  for (const { label, operator, value } of expr.matchers) {
    if (label === '__name__') continue;
    if (operator === '=' && !fixed.has(label)) {
      if (value !== '') labels[label] = value;
      fixed.add(label);
    } else delete labels[label];
  }
  return labels;
}
