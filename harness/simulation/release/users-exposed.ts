/**
 * Distinct users who met the canary. Each of N users makes k requests, evenly at random over a time. Routed by request,
 * any of them may meet it; routed by user (sticky), the same users do, and more join as the weight rises.
 */
import type { ExposedUsers } from '../../../reports/model/simulation/release-figures.ts';

export type { ExposedUsers };

export interface UserPopulation {
  readonly count: number;
  /** Of each, within that time. */
  readonly requests: number;
  readonly withinMs: number;
}

/** How long the canary had which share of the traffic, 0 to 1. */
export class WeightTimes {
  readonly #times = new Map<number, number>();

  add(share: number, ms: number): void {
    if (share > 0 && ms > 0) this.#times.set(share, (this.#times.get(share) ?? 0) + ms);
  }

  /** From the lowest share on. */
  sorted(): readonly (readonly [share: number, ms: number])[] {
    return [...this.#times].sort(([a], [b]) => a - b);
  }
}

/**
 * Expected numbers.
 * @param lastedMs of the release; where that is longer than the time of the population, its users go on at their pace
 */
export function exposedUsers(users: UserPopulation, times: WeightTimes, lastedMs: number): ExposedUsers {
  const allMs = Math.max(users.withinMs, lastedMs);
  const requests = (users.requests * allMs) / users.withinMs;
  const met = (share: number) => 1 - (1 - Math.min(1, share)) ** requests;
  const sorted = times.sorted();
  let metShare = 0;
  let leftMs = 0;
  for (const [share, ms] of sorted) {
    metShare += (share * ms) / allMs;
    leftMs += ms;
  }
  let sticky = 0;
  let before = 0;
  for (const [share, ms] of sorted) {
    sticky += (share - before) * met(leftMs / allMs);
    leftMs -= ms;
    before = share;
  }
  return { byRequest: users.count * met(metShare), sticky: users.count * sticky };
}
