/** Many releases as counts and intervals: what a class of canary meets under a policy. */
import { quantileInterval } from '../stats/order-statistic-interval.ts';
import { clopperPearsonInterval } from '../stats/proportion.ts';
import type { Cause } from './analysis-progress.ts';
import type { Release } from './simulate-release.ts';

const CONFIDENCE = 0.95;
const CAUSES: readonly Cause[] = ['no-data', 'nan', 'value'];

export interface Share {
  readonly count: number;
  /** 0 to 1; the interval is Clopper-Pearson's, 95 %. */
  readonly p: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds; intervals by order statistics, 95 %; null where the sample is too small to bound that side. */
export interface TimeQuantile {
  readonly ms: number;
  readonly lowMs: number | null;
  readonly highMs: number | null;
}

export interface ReleaseSummary {
  readonly releases: number;
  readonly promoted: Share;
  /** Rolled back; `Failed` and `Error` kept apart. */
  readonly failed: Share;
  readonly error: Share;
  readonly paused: Share;
  readonly stuck: Share;
  /** Everything but promotion, by what the deciding measurement saw. */
  readonly stoppedByCause: Readonly<Record<Cause, Share>>;
  /** Rolled back although the canary already had half of the traffic or more. */
  readonly late: Share;
  /** From the fault to the end of those that were not promoted; null without any. */
  readonly timeToStop: { readonly q50: TimeQuantile; readonly q95: TimeQuantile } | null;
  /** Of all releases; null without any. */
  readonly duration: { readonly q50: TimeQuantile; readonly q95: TimeQuantile } | null;
  /** Means over all releases. */
  readonly canaryRequests: number;
  readonly badAnswers: number;
}

export class ReleaseCounts {
  #releases = 0;
  readonly #outcomes = { promoted: 0, failed: 0, error: 0, paused: 0, stuck: 0 };
  readonly #causes = new Map<Cause, number>();
  #late = 0;
  #requests = 0;
  #bad = 0;
  /** How often each time was seen: times repeat, because measurements come at intervals. */
  readonly #stopTimes = new Map<number, number>();
  readonly #durations = new Map<number, number>();

  add(release: Release): void {
    this.#releases += 1;
    const { outcome, verdict } = release;
    this.#outcomes[outcome === 'aborted' ? (verdict === 'Error' ? 'error' : 'failed') : outcome] += 1;
    this.#requests += release.canaryRequests;
    this.#bad += release.badAnswers;
    count(this.#durations, release.durationMs);
    if (outcome === 'promoted') return;
    count(this.#stopTimes, release.sinceFaultMs);
    if (release.cause) count(this.#causes, release.cause);
    if (outcome === 'aborted' && release.weight >= 0.5) this.#late += 1;
  }

  summary(): ReleaseSummary {
    const share = (found: number) => shareOf(found, this.#releases);
    const { promoted, failed, error, paused, stuck } = this.#outcomes;
    const causes = CAUSES.map((cause) => [cause, share(this.#causes.get(cause) ?? 0)] as const);
    return {
      releases: this.#releases,
      promoted: share(promoted),
      failed: share(failed),
      error: share(error),
      paused: share(paused),
      stuck: share(stuck),
      stoppedByCause: Object.fromEntries(causes) as Record<Cause, Share>,
      late: share(this.#late),
      timeToStop: quantiles(this.#stopTimes),
      duration: quantiles(this.#durations),
      canaryRequests: this.#requests / Math.max(1, this.#releases),
      badAnswers: this.#bad / Math.max(1, this.#releases),
    };
  }
}

export function shareOf(found: number, releases: number): Share {
  const { low, high } = clopperPearsonInterval(found, releases, CONFIDENCE);
  return { count: found, p: found / releases, low, high };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function quantiles(counts: ReadonlyMap<number, number>): ReleaseSummary['duration'] {
  if (counts.size === 0) return null;
  const sorted = [...counts].sort(([a], [b]) => a - b).flatMap(([ms, times]) => Array<number>(times).fill(ms));
  return { q50: quantile(sorted, 0.5), q95: quantile(sorted, 0.95) };
}

function quantile(sorted: readonly number[], share: number): TimeQuantile {
  const { low, high } = quantileInterval(sorted, share, CONFIDENCE);
  const finite = (ms: number) => (Number.isFinite(ms) ? ms : null);
  return { ms: sorted[Math.ceil(share * sorted.length) - 1]!, lowMs: finite(low), highMs: finite(high) };
}
