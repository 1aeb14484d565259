/** How often each row came out as it must, with intervals, and whether that is as often as promised. */
import { binomialUpperTail, clopperPearsonInterval, type Interval } from '../stats/proportion.ts';
import type { Finding, Row, RowKind } from './case.ts';

/** What one run gave for one row. */
export interface Observation extends Finding {
  /** The machine was too busy for the instrument; the run says nothing about the row. */
  readonly spoilt: boolean;
  readonly outcome: string;
  readonly requests: number;
  readonly seconds: number;
}

export interface RowScore {
  readonly name: string;
  readonly kind: RowKind;
  readonly reason: string;
  /** Runs that count. */
  readonly runs: number;
  /** Runs in which the machine spoilt the instrument (the verdict was `invalid`, never a pass). */
  readonly spoilt: number;
  readonly asExpected: Share;
  readonly rightReason: Share;
  /** Runs that came out passed. */
  readonly passed: number;
  readonly requests: Spread;
  readonly seconds: Spread;
  /** Most runs that may go wrong by the row's own error rate, see `allowedErrors`. */
  readonly allowed: number;
  readonly kept: boolean;
  /** What was said where it was not for the right reason. */
  readonly oddities: readonly string[];
}

interface Share {
  readonly count: number;
  /** Clopper-Pearson, 95 %. */
  readonly interval: Interval;
}

interface Spread {
  readonly median: number;
  readonly max: number;
}

/** P(a row that keeps its promise is called broken), at most. One run of a row that errs at 1.5e-3 may not err at all. */
const TEST_LEVEL = 2e-3;

/** Smallest k that Binomial(runs, rate) exceeds with probability at most TEST_LEVEL. */
export function allowedErrors(runs: number, rate: number): number {
  if (rate === 0) return 0;
  let limit = 0;
  while (binomialUpperTail(limit + 1, runs, rate) > TEST_LEVEL) limit += 1;
  return limit;
}

export function scoreRow(row: Row, observations: readonly Observation[]): RowScore {
  const counted = observations.filter(({ spoilt }) => !spoilt);
  const runs = counted.length;
  const share = (count: number): Share => ({ count, interval: clopperPearsonInterval(count, Math.max(1, runs), 0.95) });
  const asExpected = counted.filter((one) => one.asExpected).length;
  const rightReason = counted.filter((one) => one.rightReason).length;
  const allowed = allowedErrors(runs, row.errorRate);
  return {
    name: row.name,
    kind: row.kind,
    reason: row.reason,
    runs,
    spoilt: observations.length - runs,
    asExpected: share(asExpected),
    rightReason: share(rightReason),
    passed: counted.filter(({ outcome }) => outcome === 'passed').length,
    requests: spread(counted.map(({ requests }) => requests)),
    seconds: spread(counted.map(({ seconds }) => seconds)),
    allowed,
    kept: runs > 0 && runs - rightReason <= allowed,
    oddities: counted.filter((one) => !one.rightReason).map(({ said }) => said),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
}
