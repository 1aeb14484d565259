/** Policies near today's: what may be changed, and every combination of a few values of it. */
import type { PolicyEdit } from '../../../reports/model/simulation/recommendation.ts';
import type { AnalysisMetric } from '../../oracle/analysis-types.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { type Policy, readPolicy, usedTemplates } from '../policy.ts';
import type { PolicySource } from '../simulation-input.ts';
import { TREATED_QUERY } from '../treat-metrics.ts';
import { applyEdits, objectName } from './policy-edits.ts';
import {
  windowsMs,
  withFailureGuard,
  withLasting,
  withLeastTraffic,
  withNumerator,
  withSuccessGuard,
  withThreshold,
  withWindow,
} from './query-edits.ts';
import { pauseOf, stepEdits } from './step-edits.ts';

/** What differs from today; undefined: nothing. */
export interface Setting {
  readonly window?: string | undefined;
  readonly interval?: string | undefined;
  readonly failureLimit?: number | undefined;
  readonly count?: number | undefined;
  readonly initialDelay?: string | undefined;
  /**
   * `answers`: empty and NaN answers pass; `both`: and a quotient without a numerator counts as 0; `traffic`: and one of
   * few requests is empty.
   */
  readonly guard?: 'answers' | 'both' | 'traffic' | undefined;
  /** Bad only when it was bad at every scrape of this time. */
  readonly lasting?: string | undefined;
  /** As a share of errors, 0 to 1. */
  readonly threshold?: number | undefined;
  readonly pauseFactor?: number | undefined;
  readonly firstWeight?: number | undefined;
}

export interface Candidate {
  readonly setting: Setting;
  readonly changes: readonly string[];
  readonly edits: readonly PolicyEdit[];
  readonly policy: Policy;
}

export interface Variation {
  readonly scrapeIntervalMs: number;
  readonly goodErrors: number;
  readonly badErrors: number;
  readonly varyThreshold: boolean;
  readonly varySteps: boolean;
}

/** More are not tried; those with fewer changes first. */
const MOST = 360;
/** A bad canary makes so many errors in the fewest requests that are judged: one alone is chance. */
const LEAST_ERRORS = 2;

interface Place {
  readonly object: string;
  readonly index: number;
  readonly metric: AnalysisMetric;
  readonly inStep: boolean;
}

/** Today's policy first; each policy once. */
export function candidatesOf(source: PolicySource, variation: Variation): readonly Candidate[] {
  const places = usedTemplates(source.rollout, source.templates).flatMap(({ template, inStep }) =>
    ((template as { spec?: { metrics?: readonly AnalysisMetric[] } }).spec?.metrics ?? []).map(
      (metric, index): Place => ({ object: objectName(template), index, metric, inStep }),
    ),
  );
  const seen = new Set<string>();
  const found: Candidate[] = [];
  for (const setting of settingsOf(places, variation, source)) {
    const edits = [
      ...places.flatMap((place) => metricEdits(place, setting, variation)),
      ...stepEdits(source.rollout, setting),
    ];
    const key = JSON.stringify(edits);
    if (seen.has(key)) continue;
    seen.add(key);
    const policy = readable(applyEdits(source, edits));
    if (found.length >= MOST) break;
    if (policy) found.push({ setting, changes: wordsOf(setting, edits), edits, policy });
  }
  return found;
}

/** A combination that Argo refuses is none. */
function readable(source: PolicySource): Policy | undefined {
  try {
    return readPolicy(source.rollout, source.templates, source.namespace);
  } catch {
    return undefined;
  }
}

function settingsOf(places: readonly Place[], variation: Variation, source: PolicySource): readonly Setting[] {
  const { scrapeIntervalMs, goodErrors, badErrors } = variation;
  const between = (part: number) => goodErrors + (badErrors - goodErrors) * part;
  const windows = ['30s', '1m', '2m', '5m'].filter((one) => parseGoDuration(one)! >= 2 * scrapeIntervalMs);
  const axes: readonly (readonly [keyof Setting, readonly unknown[]])[] = [
    ['failureLimit', [0, 1, 2, 3]],
    ['window', windows],
    ['guard', ['answers', 'both', ...(badErrors > goodErrors ? ['traffic'] : [])]],
    ['interval', ['15s', '30s', '1m']],
    ['initialDelay', ['1m']],
    ['lasting', ['1m'].filter((one) => parseGoDuration(one)! >= 2 * scrapeIntervalMs)],
    ['count', places.some(({ inStep }) => inStep) ? [5, 10] : []],
    ['threshold', variation.varyThreshold && badErrors > goodErrors ? [between(0.25), between(0.5)] : []],
    ['pauseFactor', variation.varySteps ? [0.5, 1.5] : []],
    ['firstWeight', variation.varySteps ? [5, 20].filter((weight) => pauseOf(source.rollout, weight)) : []],
  ];
  let all: Setting[] = [{}];
  for (const [name, values] of axes)
    all = all.flatMap((setting) => [setting, ...values.map((value) => ({ ...setting, [name]: value }))]);
  const size = (setting: Setting) => Object.keys(setting).length;
  return all.toSorted((a, b) => size(a) - size(b));
}

function metricEdits(
  { object, index, metric, inStep }: Place,
  setting: Setting,
  { scrapeIntervalMs, badErrors }: Variation,
): PolicyEdit[] {
  const { prometheus } = metric.provider;
  if (prometheus?.query === undefined || prometheus.query === TREATED_QUERY) return [];
  const edits: PolicyEdit[] = [];
  const edit = (path: readonly (string | number)[], from: string | number | undefined, to: string | number) => {
    if (from !== to) edits.push({ object, path: ['spec', 'metrics', index, ...path], from: from ?? null, to });
  };
  const { window, interval, count, initialDelay, failureLimit, guard, threshold, lasting } = setting;
  let { query } = prometheus;
  if (window !== undefined && windowsMs(query).some((one) => one !== parseGoDuration(window)))
    query = withWindow(query, window);
  if (guard === 'traffic') query = withLeastTraffic(query, Math.ceil(LEAST_ERRORS / badErrors)) ?? query;
  if (guard === 'both' || guard === 'traffic') query = withNumerator(query) ?? query;
  if (lasting !== undefined)
    query = lastingQuery(query, metric, { window: lasting, stepMs: scrapeIntervalMs }) ?? query;
  edit(['provider', 'prometheus', 'query'], prometheus.query, query);
  const condition = (text: string | undefined, guarded: (condition: string) => string | undefined) => {
    if (text === undefined) return undefined;
    const moved = threshold === undefined ? text : (withThreshold(text, threshold) ?? text);
    return guard === undefined ? moved : (guarded(moved) ?? moved);
  };
  const success = condition(metric.successCondition, withSuccessGuard);
  const failure = condition(metric.failureCondition, withFailureGuard);
  if (success !== undefined) edit(['successCondition'], metric.successCondition, success);
  if (failure !== undefined) edit(['failureCondition'], metric.failureCondition, failure);
  const repeats = metric.interval !== undefined || (inStep && count !== undefined);
  if (inStep && count !== undefined) edit(['count'], asNumber(metric.count), count);
  if (interval !== undefined && repeats && !isSameTime(metric.interval, interval))
    edit(['interval'], metric.interval, interval);
  else if (repeats && metric.interval === undefined) edit(['interval'], undefined, '30s');
  if (failureLimit !== undefined && asNumber(metric.failureLimit ?? 0) !== failureLimit)
    edit(['failureLimit'], metric.failureLimit, failureLimit);
  if (initialDelay !== undefined && !isSameTime(metric.initialDelay, initialDelay))
    edit(['initialDelay'], metric.initialDelay, initialDelay);
  return edits;
}

function lastingQuery(
  query: string,
  { successCondition, failureCondition }: AnalysisMetric,
  lasting: { readonly window: string; readonly stepMs: number },
): string | undefined {
  const success = successCondition !== undefined;
  return withLasting(query, { condition: successCondition ?? failureCondition ?? '', success }, lasting);
}

const asNumber = (value: string | number | undefined) =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;

function isSameTime(written: string | undefined, wanted: string): boolean {
  return written !== undefined && !written.includes('{{') && parseGoDuration(written) === parseGoDuration(wanted);
}

function wordsOf(setting: Setting, edits: readonly PolicyEdit[]): readonly string[] {
  const touches = (field: string) => edits.some(({ path }) => path.at(-1) === field);
  const { window, interval, failureLimit, count, initialDelay, guard, threshold, pauseFactor, firstWeight } = setting;
  const { lasting } = setting;
  const isGuarded = touches('successCondition') || touches('failureCondition');
  const words: readonly (readonly [unknown, boolean, string])[] = [
    [window, touches('query'), `window ${window}`],
    [interval, touches('interval'), `interval ${interval}`],
    [count, touches('count'), `count ${count}`],
    [failureLimit, touches('failureLimit'), `failureLimit ${failureLimit}`],
    [initialDelay, touches('initialDelay'), `initialDelay ${initialDelay}`],
    [guard, isGuarded, 'empty and NaN answers pass'],
    [guard === 'both' || guard === 'traffic' || undefined, touches('query'), 'a numerator without series counts as 0'],
    [guard === 'traffic' || undefined, touches('query'), 'few requests are no answer'],
    [lasting, touches('query'), `bad only when it lasts ${lasting}`],
    [threshold, isGuarded, `threshold at ${Number(((threshold ?? 0) * 100).toPrecision(3))} % errors`],
    [pauseFactor, touches('duration'), `pauses × ${pauseFactor}`],
    [firstWeight, touches('setWeight'), `first weight ${firstWeight} %`],
  ];
  return words.flatMap(([value, isSeen, word]) => (value !== undefined && isSeen ? [word] : []));
}
