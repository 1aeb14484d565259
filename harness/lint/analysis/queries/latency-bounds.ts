import {
  childrenOf,
  isComparison,
  type PromExpr,
  type SelectorExpr,
  unwrapped,
} from '../../../oracle/promql/promql-tree.ts';
import { asRecord, type Finding, type ManifestSet } from '../../manifest-set.ts';
import { podTemplates } from '../../routes/subsets.ts';
import { metricFindingAt, queryPath } from '../analysis-templates.ts';
import { boundsIn } from '../condition-bounds.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import { boundMatcher } from './metric-labels.ts';

const ENVOY_BOUNDS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];
const ANNOTATION = 'sidecar.istio.io/statsHistogramBuckets';

/** Envoy's bounds, and those that pod templates ask for by annotation. */
export function bucketBoundsMs(set: ManifestSet): readonly number[] {
  const own = podTemplates(set).flatMap(({ owner }) => {
    const template = asRecord(asRecord(owner.value.spec)?.template) ?? owner.value;
    const annotation = asRecord(asRecord(template.metadata)?.annotations)?.[ANNOTATION];
    return typeof annotation === 'string'
      ? [...annotation.matchAll(/[[,]\s*(\d+(?:\.\d+)?)/g)].map(([, bound]) => Number(bound))
      : [];
  });
  return [...new Set([...ENVOY_BOUNDS_MS, ...own])].sort((a, b) => a - b);
}

interface Quantile {
  readonly quantile: number;
  /** The value is the quantile in milliseconds times this. */
  readonly scale: number;
  readonly bucket: SelectorExpr;
}

/** LATENCY_THRESHOLD_UNDECIDABLE, with the query that says the same without a quantile. */
export function latencyFindings(query: ParsedQuery, boundsMs: readonly number[]): readonly Finding[] {
  const { metric, expr } = query;
  const inQuery = query.isGuessed ? [] : comparisonsIn(expr);
  const whole = query.isGuessed ? undefined : quantileOf(expr);
  const [variant] = metric.variants;
  const inConditions = whole
    ? [variant?.successCondition, variant?.failureCondition].flatMap((condition) =>
        boundsIn(condition).map(({ value }) => ({ quantile: whole, threshold: value })),
      )
    : [];
  const seen = new Set<number>();
  return [...inQuery, ...inConditions].flatMap(({ quantile, threshold }): Finding[] => {
    const thresholdMs = Number((threshold / quantile.scale).toPrecision(12));
    if (boundsMs.includes(thresholdMs) || seen.has(thresholdMs)) return [];
    seen.add(thresholdMs);
    const below = boundsMs.findLast((bound) => bound < thresholdMs);
    const above = boundsMs.find((bound) => bound > thresholdMs);
    const near = [below, above].filter((bound) => bound !== undefined);
    return [
      metricFindingAt(metric, queryPath(metric), {
        code: 'LATENCY_THRESHOLD_UNDECIDABLE',
        severity: 'warning',
        sentence: `${metric.title}: the histogram has no bucket bound at ${thresholdMs} ms, so whether the quantile ${quantile.quantile} is below it cannot be decided`,
        hint: `Choose ${near.join(' or ')} ms and count: ${rewritten(quantile, above ?? below!)}. Or add the bound by the pod annotation ${ANNOTATION}.`,
      }),
    ];
  });
}

function rewritten({ quantile, bucket }: Quantile, boundMs: number): string {
  const matchers = bucket.matchers.filter(({ label }) => label !== '__name__' && label !== 'le');
  const texts = matchers.map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`);
  const base = bucket.name!.replace(/_bucket$/, '');
  const window = bucket.rangeMs === undefined ? '1m' : `${bucket.rangeMs / 1000}s`;
  const bounded = [...texts, boundMatcher(boundMs)].join(',');
  return `sum(rate(${base}_bucket{${bounded}}[${window}])) / sum(rate(${base}_count${texts.length > 0 ? `{${texts.join(',')}}` : ''}[${window}])) >= ${quantile}`;
}

function comparisonsIn(expr: PromExpr): { readonly quantile: Quantile; readonly threshold: number }[] {
  const own: { quantile: Quantile; threshold: number }[] = [];
  if (expr.kind === 'binary' && isComparison(expr.operator))
    for (const [side, other] of [
      [expr.left, expr.right],
      [expr.right, expr.left],
    ] as const) {
      const quantile = quantileOf(side);
      const constant = unwrapped(other);
      if (quantile && constant.kind === 'number') own.push({ quantile, threshold: constant.value });
    }
  return [...own, ...childrenOf(expr).flatMap(comparisonsIn)];
}

/** The quantile that an expression is, up to a constant factor and a fallback; undefined for anything else. */
function quantileOf(expr: PromExpr): Quantile | undefined {
  if (expr.kind === 'paren') return quantileOf(expr.inner);
  if (expr.kind === 'call' && (expr.name === 'scalar' || expr.name === 'max' || expr.name === 'clamp_min'))
    return quantileOf(expr.args[0]!);
  if (expr.kind === 'aggregate' && (expr.operator === 'max' || expr.operator === 'min')) return quantileOf(expr.inner);
  if (expr.kind === 'binary') {
    if (expr.operator === 'or') return quantileOf(expr.left);
    const inner = quantileOf(expr.left);
    const factor = unwrapped(expr.right);
    if (!inner || factor.kind !== 'number') return undefined;
    if (expr.operator === '/') return { ...inner, scale: inner.scale / factor.value };
    if (expr.operator === '*') return { ...inner, scale: inner.scale * factor.value };
    return undefined;
  }
  if (expr.kind !== 'call' || expr.name !== 'histogram_quantile') return undefined;
  const rank = unwrapped(expr.args[0]!);
  const bucket = bucketIn(expr.args[1]!);
  return rank.kind === 'number' && bucket ? { quantile: rank.value, scale: 1, bucket } : undefined;
}

/** Only of the mesh's own latency histogram: the bounds of others are not known. */
function bucketIn(expr: PromExpr): SelectorExpr | undefined {
  if (expr.kind === 'selector') return expr.name === 'istio_request_duration_milliseconds_bucket' ? expr : undefined;
  for (const child of childrenOf(expr)) {
    const found = bucketIn(child);
    if (found) return found;
  }
  return undefined;
}
