/**
 * What clients did, as the bounds of what Prometheus can have counted of it. A counter that was read at some instant holds
 * every request that its client had an answer to by then, and none that no client had begun.
 */

/** One request; times in Unix milliseconds. */
export interface ClientRequest {
  readonly startMs: number;
  readonly endMs: number;
  /** 0 without an answer. */
  readonly status: number;
  /** The receiver named itself: its own proxy counted it. */
  readonly isNamed: boolean;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface ClientTraffic {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Of the whole load. */
  readonly ratePerSecond: number;
  /** The longest time that an answer took. */
  readonly slowestMs: number;
  /**
   * Requests per second that `rate` can say of the window that ends at `atMs`.
   * @param lagMs by which what is counted comes late, such as a histogram that is flushed every so often
   */
  rate(window: RateWindow): Bounds;
}

export interface RateWindow {
  readonly atMs: number;
  readonly windowMs: number;
  readonly scrapeMs: number;
  readonly lagMs: number;
  readonly accepts: (status: number) => boolean;
}

/** Scrapes are on time to a tenth of their interval, and their answer takes up to a second. */
const SCRAPE_SLACK = 1.1;
const SCRAPE_TAKES_MS = 1_000;
const STEPS = 24;

export function clientTraffic(requests: readonly ClientRequest[]): ClientTraffic {
  const answered = requests.filter(({ status }) => status !== 0);
  const counter = (accepts: (status: number) => boolean) => {
    const started = times(
      requests.filter(({ status }) => status === 0 || accepts(status)),
      'startMs',
    );
    const ended = times(
      answered.filter((one) => one.isNamed && accepts(one.status)),
      'endMs',
    );
    return { mostBy: (ms: number) => countUpTo(started, ms), leastBy: (ms: number) => countUpTo(ended, ms) };
  };
  const fromMs = requests.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const untilMs = requests.reduce((most, { endMs }) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
  return {
    ...{ fromMs, untilMs, ratePerSecond: (requests.length * 1000) / Math.max(1, untilMs - fromMs) },
    slowestMs: answered.reduce((most, { startMs, endMs }) => Math.max(most, endMs - startMs), 0),
    rate({ atMs, windowMs, scrapeMs, lagMs, accepts }) {
      const { mostBy, leastBy } = counter(accepts);
      const edgeMs = scrapeMs * SCRAPE_SLACK;
      const first = { earliest: atMs - windowMs, latest: atMs - windowMs + edgeMs };
      const last = { earliest: atMs - edgeMs, latest: atMs };
      // extrapolated not at all: over the whole window. A counter that is late shows what was some time before.
      const least = leastBy(last.earliest - lagMs) - mostBy(first.latest + SCRAPE_TAKES_MS);
      let high = 0;
      for (const u of between(first.earliest, first.latest))
        for (const v of between(last.earliest, last.latest)) {
          if (v <= u) return { low: 0, high: Number.POSITIVE_INFINITY };
          // extrapolated all the way: over what lies between the first and the last sample
          high = Math.max(high, ((mostBy(v + SCRAPE_TAKES_MS) - leastBy(u - lagMs)) * 1000) / (v - u));
        }
      return { low: (Math.max(0, least) * 1000) / windowMs, high };
    },
  };
}

function times(requests: readonly ClientRequest[], of: 'startMs' | 'endMs'): Float64Array {
  return Float64Array.from(requests, (request) => request[of]).sort();
}

function countUpTo(sorted: Float64Array, ms: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function between(fromMs: number, toMs: number): readonly number[] {
  return Array.from({ length: STEPS + 1 }, (_, step) => fromMs + ((toMs - fromMs) * step) / STEPS);
}
