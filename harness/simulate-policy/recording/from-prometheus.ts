/**
 * The traffic that a Prometheus remembers, as a recording. Counters are read as they are, a target at a time, and subtracted
 * here: `increase()` would extrapolate, and its counts would be no counts.
 */
import { environmentError, usageError } from '../../errors/harness-error.ts';
import { meansOf } from '../../simulation/recorded-traffic.ts';
import type { RecordedTraffic } from './recording-file.ts';

/** Port: a range query. */
export type QueryRange = (
  query: string,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
) => Promise<readonly CounterSeries[]>;

export interface CounterSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
}

export interface PrometheusAsk {
  /** A vector selector of request counters with a label `response_code`. */
  readonly selector: string;
  readonly endMs: number;
  readonly rangeMs: number;
  /** Prometheus' scrape interval. */
  readonly intervalMs: number;
  /** In words, for the recording. */
  readonly from: string;
}

/** Prometheus answers at most 11,000 points a series. */
const POINTS = 10_000;
/** A week of seconds is 604,800. */
const MOST_INTERVALS = 1_000_000;
const IS_ERROR = /^5/;
/** Of the intervals that were asked for; with fewer it is said. */
const ENOUGH = 0.9;
const SELECTOR = /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})?$/;

/** Istio's counter of the requests to one workload. */
export function selectorOf(workload: string, namespace: string): string {
  const within = namespace === '' ? '' : `,destination_workload_namespace=${JSON.stringify(namespace)}`;
  return `istio_requests_total{destination_workload=${JSON.stringify(workload)}${within}}`;
}

/**
 * @throws HarnessError (exit 2) SIMULATION_RANGE, SIMULATION_SELECT; SIMULATION_PROMETHEUS_EMPTY: nothing matches, or
 *   nothing was asked of what does; (exit 3) SIMULATION_PROMETHEUS_ANSWER: no counters; those of the query
 */
export async function recordingOfPrometheus(ask: PrometheusAsk, queryRange: QueryRange): Promise<RecordedTraffic> {
  const { selector, rangeMs, intervalMs, endMs, from } = ask;
  const intervals = Math.floor(rangeMs / intervalMs);
  if (!(intervals >= 1) || intervals > MOST_INTERVALS)
    throw usageError(
      'SIMULATION_RANGE',
      `a range must hold 1 to ${MOST_INTERVALS} intervals of ${intervalMs / 1000} s, not ${intervals}`,
      { where: '--range', hint: 'Give a time such as 7d; --scrape says how often Prometheus scrapes.' },
    );
  if (!SELECTOR.test(selector))
    throw usageError('SIMULATION_SELECT', `this is no selector of one metric: ${selector}`, {
      where: '--select',
      hint: `Write the counter of requests as Prometheus has it, such as ${selectorOf('shop', 'prod')}.`,
    });
  const startMs = Math.floor(endMs / intervalMs) * intervalMs - intervals * intervalMs;
  const query = `sum by (reporter, response_code, pod, instance) (${selector})`;
  const counted = new Counts(intervals, startMs, intervalMs);
  // chunks share an edge, so that no difference is lost between them
  for (let first = 0; first < intervals; first += POINTS) {
    const last = Math.min(intervals, first + POINTS);
    const range = { startMs: startMs + first * intervalMs, endMs: startMs + last * intervalMs, stepMs: intervalMs };
    for (const series of await queryRange(query, range)) counted.add(series, selector);
    for (const { points } of await queryRange(`max(timestamp(${selector}))`, range)) counted.know(points);
  }
  return { ...counted.total(selector), from, startMs, intervalMs, latency: undefined };
}

class Counts {
  readonly #intervals: number;
  readonly #startMs: number;
  readonly #intervalMs: number;
  /** By reporter: the same request is counted by the client's proxy and by the server's. */
  readonly #byReporter = new Map<string, { readonly requests: Float64Array; readonly errors: Float64Array }>();
  /** Last point of each series, from one chunk to the next. */
  readonly #last = new Map<string, { readonly step: number; readonly value: number }>();
  /** 1 where a point of the grid rests on a scrape of its own. */
  readonly #known: Uint8Array;

  constructor(intervals: number, startMs: number, intervalMs: number) {
    this.#intervals = intervals;
    this.#startMs = startMs;
    this.#intervalMs = intervalMs;
    this.#known = new Uint8Array(intervals + 1);
  }

  /** @param points when, in seconds since 1970, the newest sample that an answer rests on was scraped */
  know(points: CounterSeries['points']): void {
    for (const { atMs, value } of points) {
      const step = Math.round((atMs - this.#startMs) / this.#intervalMs);
      const isFresh = atMs - value * 1000 < this.#intervalMs;
      if (isFresh && step >= 0 && step <= this.#intervals) this.#known[step] = 1;
    }
  }

  add({ labels, points }: CounterSeries, selector: string): void {
    const { reporter = '', response_code: code } = labels;
    if (code === undefined)
      throw environmentError('SIMULATION_PROMETHEUS_ANSWER', `${selector} has no label response_code`, {
        hint: 'Errors are told by it; choose the counter with --select.',
      });
    const sums = this.#byReporter.get(reporter) ?? {
      requests: new Float64Array(this.#intervals),
      errors: new Float64Array(this.#intervals),
    };
    this.#byReporter.set(reporter, sums);
    const key = JSON.stringify(labels);
    let last = this.#last.get(key);
    for (const { atMs, value } of points) {
      if (!Number.isFinite(value) || value < 0)
        throw environmentError('SIMULATION_PROMETHEUS_ANSWER', `a counter of ${selector} is ${value}`, {
          hint: 'Counters only grow; choose a counter of requests with --select.',
        });
      const step = Math.round((atMs - this.#startMs) / this.#intervalMs);
      if (step < 0 || step > this.#intervals || step === last?.step) continue;
      const more = this.#since(last, step, value);
      if (step > 0 && more > 0) {
        sums.requests[step - 1]! += more;
        if (IS_ERROR.test(code)) sums.errors[step - 1]! += more;
      }
      last = { step, value };
    }
    if (last) this.#last.set(key, last);
  }

  /** A counter that fell began anew; one that was not there before was 0 then, unless nothing at all is known of then. */
  #since(last: { readonly step: number; readonly value: number } | undefined, step: number, value: number): number {
    if (last) return value >= last.value ? value - last.value : value;
    return step === 0 ? 0 : value;
  }

  /**
   * Intervals without a scrape at both of their ends are left out: Prometheus was away, and what it answers of that time
   * is the sample before it, for up to five minutes, and then one leap.
   */
  total(selector: string): Pick<RecordedTraffic, 'requests' | 'errors' | 'warnings'> {
    const [most] = [...this.#byReporter.values()].sort((a, b) => sum(b.requests) - sum(a.requests));
    if (!most)
      throw usageError('SIMULATION_PROMETHEUS_EMPTY', `nothing in that time matches ${selector}`, {
        where: '--select, --range',
        hint: 'Look at the labels in Prometheus, and name the counter with --select.',
      });
    const known = Array.from({ length: this.#intervals }, (_, index) => index).filter(
      (index) => this.#known[index] === 1 && this.#known[index + 1] === 1,
    );
    if (known.length === 0)
      throw usageError(
        'SIMULATION_PROMETHEUS_EMPTY',
        `of ${selector} no interval of ${this.#intervalMs / 1000} s has a scrape at both of its ends`,
        { where: '--scrape, --range', hint: "Give Prometheus' own scrape interval with --scrape." },
      );
    const requests = known.map((index) => Math.round(most.requests[index]!));
    const errors = known.map((index) => Math.min(Math.round(most.errors[index]!), Math.round(most.requests[index]!)));
    if (meansOf({ requests, errors, intervalMs: this.#intervalMs }).ratePerSecond === 0)
      throw usageError('SIMULATION_PROMETHEUS_EMPTY', `${selector} counted no request in that time`, {
        where: '--select, --range',
      });
    if (known.length >= this.#intervals * ENOUGH) return { requests, errors };
    const lacking = `only ${known.length} of the ${this.#intervals} intervals of the range had a scrape at both of their ends`;
    return { requests, errors, warnings: [lacking] };
  }
}

const sum = (values: Float64Array) => values.reduce((total, one) => total + one, 0);
