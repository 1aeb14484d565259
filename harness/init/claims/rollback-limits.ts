/** Which metrics of a Rollout's analysis have a limit that injected faults can be held against. Pure. */
import { rateForLimit } from '../../claims/rollback-threshold/threshold-margin.ts';
import { type TemplateMetric, templateMetrics } from '../../lint/analysis/analysis-templates.ts';
import { boundsIn } from '../../lint/analysis/condition-bounds.ts';
import type { Finding, ManifestSet } from '../../lint/manifest-set.ts';
import type { AnalysisMetric } from '../../oracle/analysis-types.ts';
import { windowMs } from '../../rollouts/analysis-query.ts';
import type { RolloutSubject, Unprovable } from '../subjects.ts';
import { measuredShare, whyUnmeasured } from './measured-query.ts';

export interface RollbackLimit {
  readonly metric: string;
  readonly limit:
    | { readonly kind: 'error-share'; readonly share: number }
    | { readonly kind: 'slow-share'; readonly share: number; readonly limitMs: number; readonly slowMs: number };
  /** Requests per second at which both sides of the limit can be told; undefined: only far from it. */
  readonly ratePerSecond: number | undefined;
  /** How long a fault far beyond the limit must last to be measured often enough, in a run with short pauses. */
  readonly shortFaultMs: number;
}

/** As a run with short pauses measures (step-changes.ts), and some more. */
const MEASURES_EVERY_MS = 10_000;
const FIRST_MEASURE_MS = 15_000;

/** Of the addon `prometheus`, and of Envoy's histograms. */
const SCRAPE_MS = 2_000;
const FLUSH_MS = 5_000;
const MOST_PER_SECOND = 250;
const LEAST_PER_SECOND = 60;
const WEIGHT = 0.5;

/** Warnings of lint about metrics that no injected fault can be held against. */
const UNHELD = new Set(['LATENCY_THRESHOLD_UNDECIDABLE', 'ANALYSIS_COUNTER_WITHOUT_RATE']);

export interface FoundLimits {
  readonly limits: readonly RollbackLimit[];
  readonly unprovable: readonly Unprovable[];
}

/** @param findings of lint, which says of some metrics that they cannot work as declared */
export function rollbackLimits(subject: RolloutSubject, set: ManifestSet, findings: readonly Finding[]): FoundLimits {
  const used = templateMetrics(set).filter(({ uses }) =>
    uses.some(({ owner, kind }) => owner.name === subject.rollout.name && (kind === 'background' || kind === 'step')),
  );
  const read = used.map((metric) => limitOf(metric, findings));
  return {
    limits: read.flatMap((one) => ('why' in one ? [] : [one])),
    unprovable: read.flatMap((one) => ('why' in one ? [one] : [])),
  };
}

function limitOf(metric: TemplateMetric, findings: readonly Finding[]): RollbackLimit | Unprovable {
  const no = (why: string): Unprovable => ({ what: metric.title, why });
  const about = findings.find(
    ({ sentence, severity, code }) => sentence.startsWith(metric.title) && (severity === 'error' || UNHELD.has(code)),
  );
  if (about) return no(`lint says ${about.code}: ${about.sentence.slice(metric.title.length).replace(/^[,: ]+/, '')}`);
  const [variant] = metric.variants;
  const query = queryOf(metric.written);
  if (!variant || query === undefined)
    return no(`its provider is ${providerOf(metric.written)}, which is not asked here`);
  const unmeasured = whyUnmeasured(query);
  if (unmeasured !== undefined) return no(unmeasured);
  const { successCondition, failureCondition } = variant;
  const success = boundsIn(successCondition);
  const bounds = success.length > 0 ? success : boundsIn(failureCondition);
  const [bound, second] = bounds;
  if (!bound || second)
    return no('its conditions hold no single comparison with a number, so there is no one limit to stand beside');
  // what is a good value: above the limit in a success rate, below it in an error rate or a latency
  const isGoodAbove = (bound.operator === '>' || bound.operator === '>=') === success.length > 0;
  const text = queryOf(variant) ?? query;
  const measured = measuredShare(text, bound.value, isGoodAbove);
  if ('why' in measured) return no(measured.why);
  return measured.kind === 'slow-share'
    ? withRate(metric, { ...measured, slowMs: measured.limitMs * 2 }, text, FLUSH_MS, no)
    : withRate(metric, measured, text, 0, no);
}

type No = (why: string) => Unprovable;

/** `irate` sees two scrapes and not a window: faults spread over a window are no steady share in it. */
function withRate(
  { name: metric, written }: TemplateMetric,
  limit: RollbackLimit['limit'],
  query: string,
  flushMs: number,
  no: No,
): RollbackLimit | Unprovable {
  const failures = Number(written.failureLimit ?? 0);
  const shortFaultMs = FIRST_MEASURE_MS + (3 + (Number.isInteger(failures) ? failures : 0)) * MEASURES_EVERY_MS;
  if (/\bi(rate|delta)\s*\(/.test(query)) return { metric, limit, ratePerSecond: undefined, shortFaultMs };
  const window = windowMs(query);
  if (window === undefined) return no('its query looks at no window of time');
  const needed = rateForLimit(limit.share, {
    ...{ ratePerSecond: LEAST_PER_SECOND, weight: WEIGHT, windowMs: window, scrapeIntervalMs: SCRAPE_MS, flushMs },
  });
  if (needed > MOST_PER_SECOND)
    return no(`to stand just beside its limit takes ${needed} requests/s in a window of ${window / 1000} s`);
  return { metric, limit, ratePerSecond: Math.max(LEAST_PER_SECOND, Math.ceil(needed / 10) * 10), shortFaultMs };
}

function queryOf({ provider }: Pick<AnalysisMetric, 'provider'>): string | undefined {
  const { query } = ((provider as { readonly prometheus?: { readonly query?: unknown } }).prometheus ?? {}) as {
    readonly query?: unknown;
  };
  return typeof query === 'string' ? query : undefined;
}

function providerOf({ provider }: Pick<AnalysisMetric, 'provider'>): string {
  return Object.keys(provider)[0] ?? 'none';
}
