/** Many releases as counts and intervals: what a class of canary meets under a policy. */
import type {
  Cause,
  ExposedUsers,
  ReleaseSummary,
  Share,
  TimeQuantile,
} from '../../reports/model/simulation/release-figures.ts';
import { quantileRanks } from '../stats/order-statistic-interval.ts';
import { clopperPearsonInterval } from '../stats/proportion.ts';
import type { Release } from './simulate-release.ts';

const CONFIDENCE = 0.95;
const OUTCOMES: readonly Outcome[] = ['promoted', 'failed', 'error', 'paused', 'stuck'];
const CAUSES: readonly Cause[] = ['no-data', 'nan', 'value', 'condition'];

/** The same as plain data, which may go to another thread and back; tallies add up to that of all their releases. */
export interface ReleaseTally {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly causes: readonly (readonly [Cause, number])[];
  readonly late: number;
  readonly requests: number;
  readonly bad: number;
  /** Expected ones, in thousandths: whole numbers add up in any order. Undefined where nobody said how many there are. */
  readonly users?: ExposedUsers;
  /** Milliseconds, and how often they were seen. */
  readonly stopTimes: readonly (readonly [number, number])[];
  readonly durations: readonly (readonly [number, number])[];
}

type Outcome = 'promoted' | 'failed' | 'error' | 'paused' | 'stuck';

/** Steps of a distribution that are kept. */
const STEPS = 100;

export class ReleaseCounts {
  #releases = 0;
  readonly #outcomes = { promoted: 0, failed: 0, error: 0, paused: 0, stuck: 0 };
  readonly #causes = new Map<Cause, number>();
  #late = 0;
  #requests = 0;
  #bad = 0;
  #users: ExposedUsers | undefined;
  /** How often each time was seen: times repeat, because measurements come at intervals. */
  readonly #stopTimes = new Map<number, number>();
  readonly #durations = new Map<number, number>();

  add(release: Release): void {
    this.#releases += 1;
    const { outcome, verdict } = release;
    this.#outcomes[outcome === 'aborted' ? (verdict === 'Error' ? 'error' : 'failed') : outcome] += 1;
    this.#requests += release.canaryRequests;
    this.#bad += release.badAnswers;
    if (release.users)
      this.#addUsers({ byRequest: thousandths(release.users.byRequest), sticky: thousandths(release.users.sticky) });
    count(this.#durations, release.durationMs);
    if (outcome === 'promoted') return;
    count(this.#stopTimes, release.sinceFaultMs);
    if (release.cause) count(this.#causes, release.cause);
    if (outcome === 'aborted' && release.weight >= 0.5) this.#late += 1;
  }

  get tally(): ReleaseTally {
    return {
      outcomes: { ...this.#outcomes },
      causes: [...this.#causes],
      late: this.#late,
      requests: this.#requests,
      bad: this.#bad,
      ...(this.#users ? { users: this.#users } : {}),
      stopTimes: [...this.#stopTimes],
      durations: [...this.#durations],
    };
  }

  /** Whole numbers are added, so the order of the tallies does not matter. */
  addTally(tally: ReleaseTally): void {
    for (const outcome of OUTCOMES) {
      this.#outcomes[outcome] += tally.outcomes[outcome];
      this.#releases += tally.outcomes[outcome];
    }
    for (const [cause, times] of tally.causes) count(this.#causes, cause, times);
    for (const [ms, times] of tally.stopTimes) count(this.#stopTimes, ms, times);
    for (const [ms, times] of tally.durations) count(this.#durations, ms, times);
    this.#late += tally.late;
    this.#requests += tally.requests;
    this.#bad += tally.bad;
    if (tally.users) this.#addUsers(tally.users);
  }

  #addUsers({ byRequest, sticky }: ExposedUsers): void {
    const before = this.#users ?? { byRequest: 0, sticky: 0 };
    this.#users = { byRequest: before.byRequest + byRequest, sticky: before.sticky + sticky };
  }

  get releases(): number {
    return this.#releases;
  }

  get promoted(): Share {
    return shareOf(this.#outcomes.promoted, this.#releases);
  }

  get stopped(): Share {
    return shareOf(this.#releases - this.#outcomes.promoted, this.#releases);
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
      stoppedBy: distribution(this.#stopTimes, this.#releases),
      duration: quantiles(this.#durations),
      canaryRequests: this.#requests / Math.max(1, this.#releases),
      badAnswers: this.#bad / Math.max(1, this.#releases),
      users: this.#users ? meanUsers(this.#users, this.#releases) : null,
    };
  }
}

const thousandths = (value: number) => Math.round(value * 1000);
const meanUsers = ({ byRequest, sticky }: ExposedUsers, releases: number): ExposedUsers => ({
  byRequest: byRequest / 1000 / releases,
  sticky: sticky / 1000 / releases,
});

function shareOf(found: number, releases: number): Share {
  const { low, high } = clopperPearsonInterval(found, releases, CONFIDENCE);
  return { count: found, p: found / releases, low, high };
}

function count<Key>(counts: Map<Key, number>, key: Key, times = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}

/** Thinned to its last step and evenly spaced others. */
function distribution(counts: ReadonlyMap<number, number>, releases: number): ReleaseSummary['stoppedBy'] {
  let sum = 0;
  const steps = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([ms, times]) => {
      sum += times;
      return { ms, share: sum / releases };
    });
  const every = Math.ceil(steps.length / STEPS);
  return steps.filter((_, index) => (steps.length - 1 - index) % every === 0);
}

function quantiles(counts: ReadonlyMap<number, number>): ReleaseSummary['duration'] {
  if (counts.size === 0) return null;
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return { q50: quantile(sorted, 0.5), q95: quantile(sorted, 0.95) };
}

/** By ranks over the counts: a million of times that repeat need no list of a million. */
function quantile(sorted: readonly (readonly [number, number])[], share: number): TimeQuantile {
  const n = sorted.reduce((sum, [, times]) => sum + times, 0);
  const ranked = (rank: number) => {
    let below = 0;
    for (const [ms, times] of sorted) {
      below += times;
      if (below >= rank) return ms;
    }
    return sorted.at(-1)![0];
  };
  const { low, high } = quantileRanks(n, share, CONFIDENCE);
  return {
    ms: ranked(Math.ceil(share * n)),
    lowMs: low === undefined ? null : ranked(low),
    highMs: high === undefined ? null : ranked(high),
  };
}
