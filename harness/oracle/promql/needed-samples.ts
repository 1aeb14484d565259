/**
 * Which raw samples an expression needs, and how Prometheus' answers become series.
 *
 * To replay a query made at T: for each of `seriesOf(expression)` ask `/api/v1/query?query=<rangeQuery>&time=<T + 2 s>`
 * (an instant query for a range vector gives raw samples with exact times), and give all answers to `samplesOf`.
 */
import { z } from 'zod';
import { invalidEvidenceError, usageError } from '../../errors/harness-error.ts';
import { parsePromql } from './parse-promql.ts';
import { childrenOf, type PromExpr, type SelectorExpr } from './promql-tree.ts';
import { type LabelMatcher, labelKey, type Series } from './series.ts';

export interface NeededSeries {
  /** `istio_requests_total{reporter="destination"}`: without range and offset. */
  readonly selector: string;
  /** How far back from the instant of the query its oldest sample can lie. */
  readonly reachMs: number;
  /** Read as an instant vector: then a staleness marker, which raw samples do not show, ends it early. */
  readonly isInstant: boolean;
}

const LOOKBACK_MS = 300_000;

/** @throws HarnessError PROMQL_SYNTAX or PROMQL_UNSUPPORTED */
export function seriesOf(expression: string, lookbackMs = LOOKBACK_MS): readonly NeededSeries[] {
  const needed = new Map<string, NeededSeries>();
  for (const { expr, reachMs } of selectorsOf(parsePromql(expression), lookbackMs)) {
    const selector = selectorText(expr);
    const known = needed.get(selector);
    needed.set(selector, {
      selector,
      reachMs: Math.max(reachMs, known?.reachMs ?? 0),
      isInstant: expr.rangeMs === undefined || (known?.isInstant ?? false),
    });
  }
  return [...needed.values()];
}

/** The query for the raw samples of a needed series, for an evaluation up to `marginMs` after the query replayed. */
export function rangeQuery({ selector, reachMs }: NeededSeries, marginMs: number): string {
  return `${selector}[${Math.ceil(reachMs + marginMs)}ms]`;
}

export interface PlacedSelector {
  readonly expr: SelectorExpr;
  readonly reachMs: number;
}

/** Every selector of the expression, with how far back from the instant of evaluation it looks. */
export function selectorsOf(expr: PromExpr, lookbackMs = LOOKBACK_MS, outerMs = 0): readonly PlacedSelector[] {
  if ((expr.kind === 'selector' || expr.kind === 'subquery') && typeof expr.at === 'number')
    throw usageError('PROMQL_UNSUPPORTED', 'the samples of a fixed instant (@) are not asked for', {
      hint: 'The query is left to Prometheus; its measurements are reported as not replayed.',
    });
  const isFixed = 'at' in expr && expr.at === 'query';
  const fromMs = isFixed ? 0 : outerMs;
  if (expr.kind === 'selector') return [{ expr, reachMs: fromMs + expr.offsetMs + (expr.rangeMs ?? lookbackMs) }];
  const innerMs = expr.kind === 'subquery' ? fromMs + expr.rangeMs + expr.offsetMs : outerMs;
  return childrenOf(expr).flatMap((child) => selectorsOf(child, lookbackMs, innerMs));
}

function selectorText({ name, matchers }: SelectorExpr): string {
  const rest = matchers.filter(
    ({ label, operator }) => !(name !== undefined && label === '__name__' && operator === '='),
  );
  const texts = rest.map(({ label, operator, value }: LabelMatcher) => `${label}${operator}${JSON.stringify(value)}`);
  if (name === undefined) return `{${texts.join(',')}}`;
  return texts.length === 0 ? name : `${name}{${texts.join(',')}}`;
}

const matrixAnswer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});

/**
 * Answers of queries for range vectors -> series. The same series in several answers becomes one, its points united.
 *
 * @throws HarnessError ORACLE_SAMPLES for anything but the answer of a range-vector query
 */
export function samplesOf(...answers: readonly unknown[]): readonly Series[] {
  const united = new Map<string, { readonly labels: Series['labels']; readonly points: Map<number, number> }>();
  for (const answer of answers) {
    const parsed = matrixAnswer.safeParse(answer);
    if (!parsed.success)
      throw invalidEvidenceError('ORACLE_SAMPLES', 'this is no answer of a query for raw samples', {
        hint: 'Ask /api/v1/query for selector[range], for example up[10m].',
        cause: parsed.error,
      });
    for (const { metric, values } of parsed.data.data.result) {
      const key = labelKey(metric);
      const series = united.get(key) ?? { labels: metric, points: new Map<number, number>() };
      united.set(key, series);
      for (const [seconds, text] of values) series.points.set(Math.round(seconds * 1000), numberOfText(text));
    }
  }
  return [...united.values()].map(({ labels, points }) => ({
    labels,
    points: [...points].sort(([a], [b]) => a - b),
  }));
}

function numberOfText(text: string): number {
  return text.endsWith('Inf') ? Number(text.replace('Inf', 'Infinity')) : Number(text);
}
