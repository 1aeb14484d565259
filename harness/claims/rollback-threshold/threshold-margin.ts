/**
 * How near to a limit a trial may stand so that the outcome is certain: derived, not guessed.
 *
 * 1. A window of W seconds scraped every D seconds holds samples that span at least W - 2D (up to one interval is lost
 *    at each end; one of the two is gone for sure, the other when the phases fall badly). A histogram moves only when
 *    Envoy merges it, every F seconds: such a span holds at least floor((W - 2D) / F) whole merges of F seconds each.
 * 2. The requests of the canary in that span are binomial, with mean m = rate · weight · span: at least
 *    n = m - 4.75 sqrt(m (1 - weight)) but with probability 1e-6 (normal quantile, and the span holds all requests of
 *    an arrival rate without randomness of its own).
 * 3. Injection is deterministic (error k iff floor(k e) > floor((k-1) e)), so n consecutive requests hold between
 *    n e - 1 and n e + 1 faults. One more may be counted in one series and not yet in the other when a scrape falls
 *    between the two. So the measured share lies within e ± 2/n, and e = limit ± 2/n decides.
 * 4. A busy load generator may send a few requests fewer than offered. Whatever was not sent was counted nowhere and
 *    moves no fault, because faults are injected by the ordinal of what arrives: a window only holds fewer requests. At
 *    worst all k that were not sent belonged to the canary and to one window, which then holds n - k. So the level is
 *    chosen for n less a tenth, and no k up to that tenth can change the outcome.
 */
import { usageError } from '../../errors/harness-error.ts';

export interface TrialTraffic {
  /** All requests of the trial, stable and canary. */
  readonly ratePerSecond: number;
  /** Canary share of them, 0 to 1. */
  readonly weight: number;
  readonly windowMs: number;
  readonly scrapeIntervalMs: number;
  /** How often the counted thing moves: 0 for counters, Envoy's stats flush interval for histograms. */
  readonly flushMs: number;
}

/** Canary requests that every full window holds at least. */
export function leastRequestsInWindow(traffic: TrialTraffic): number {
  const { ratePerSecond, weight, windowMs, scrapeIntervalMs, flushMs } = traffic;
  const scrapedMs = Math.max(0, windowMs - 2 * scrapeIntervalMs);
  const spanMs = flushMs > 0 ? Math.floor(scrapedMs / flushMs) * flushMs : scrapedMs;
  const mean = (ratePerSecond * weight * spanMs) / 1000;
  return Math.max(0, Math.floor(mean - 4.75 * Math.sqrt(mean * (1 - weight))));
}

/** The part of a window's requests that may not have been sent without a change of the outcome (4.). */
const SPARE_SHARE = 0.1;

/** How many of them that are. */
export function spareRequests(traffic: TrialTraffic): number {
  return Math.floor(leastRequestsInWindow(traffic) * SPARE_SHARE);
}

/** What the margins are derived for: the window at its emptiest, with the spare ones missing from it. */
function requestsForMargin(traffic: TrialTraffic): number {
  return leastRequestsInWindow(traffic) - spareRequests(traffic);
}

/** An exact share for the injection, and how it reads. */
export interface InjectedLevel {
  /** `hits/per`, as the behaviour document takes it. */
  readonly ratio: string;
  readonly share: number;
  readonly requestsInWindow: number;
}

const SLACK_REQUESTS = 2;

/**
 * The share of faults that is certainly inside or outside of a limit on the share of faults.
 * @param limit 0 to 1, both excluded
 * @throws HarnessError TRIAL_TOO_LITTLE_TRAFFIC with the rate that would do
 */
export function decidableLevel(limit: number, side: 'inside' | 'outside', traffic: TrialTraffic): InjectedLevel {
  const n = requestsForMargin(traffic);
  // rounding away from the limit, with slack for binary fractions
  const inside = Math.floor(limit * n + 1e-9) - SLACK_REQUESTS;
  const outside = Math.ceil(limit * n - 1e-9) + SLACK_REQUESTS;
  const hits = side === 'inside' ? inside : outside;
  if (inside < 1 || outside > n)
    throw usageError(
      'TRIAL_TOO_LITTLE_TRAFFIC',
      `a window holds ${n} requests of the canary, too few to stand just ${side} a limit of ${Number((limit * 100).toPrecision(6))} %`,
      { hint: `Offer at least ${rateForLimit(limit, traffic)} requests/s, or look at a longer window.` },
    );
  return { ratio: `${hits}/${n}`, share: hits / n, requestsInWindow: n };
}

/** The smallest whole rate at which a level inside the limit exists. */
export function rateForLimit(limit: number, traffic: TrialTraffic): number {
  const needed = (SLACK_REQUESTS + 1) / Math.min(limit, 1 - limit);
  let rate = 1;
  while (requestsForMargin({ ...traffic, ratePerSecond: rate }) < needed && rate < 100_000) rate *= 2;
  let low = rate / 2;
  while (rate - low > 1) {
    const middle = Math.floor((low + rate) / 2);
    if (requestsForMargin({ ...traffic, ratePerSecond: middle }) >= needed) rate = middle;
    else low = middle;
  }
  return rate;
}

/**
 * How long a measured ratio stays above its limit when a fault of share e lasts D: it crosses W·limit/e after the fault
 * began and comes back W·limit/e before the window has forgotten it, so D + W (1 - 2 limit/e). With e = 2 limit the
 * smearing of the window cancels out and the ratio is above for just as long as the fault lasts.
 */
export function timeAboveLimitMs(limit: number, share: number, faultMs: number, windowMs: number): number {
  if (share <= limit) return 0;
  return Math.max(0, faultMs + windowMs * (1 - (2 * limit) / share));
}
