/**
 * The request-level evidence on one split: counts per arm, the hybrid e-value against the declared shares, and the
 * acceptance of every share on both sides.
 *
 * Requests that nobody signed (errors, timeouts) are labelled as badly as possible for each question: they hold a pass
 * back on both sides and cannot bring a fail about.
 */

import { type HybridEProcess, hybridEProcess, hybridLogE } from '../stats/hybrid-e-process.ts';
import { excludedDrift } from '../stats/inverted/excluded-drift.ts';
import { acceptanceSize, excludedBySample, logTailBelow } from '../stats/inverted/fixed-sample.ts';
import { excludedLeak, logLeakE, zeroWeightSampleSize } from '../stats/leak-e-process.ts';
import { logRatioHigh, logRatioLow, requestCap } from '../stats/likelihood-ratio-pair.ts';
import { leakLimit, type SplitExpectation } from './split-expectation.ts';

interface EvidenceLevel {
  readonly n: number;
  readonly logE: number;
  /** Over all arms, the one furthest from acceptance; an accepted arm stays at the value that accepted it. */
  readonly logLambdaHigh: number;
  readonly logLambdaLow: number;
}

export interface SplitEvidence {
  /** `arm` is an index into the expectation's arms, -1 for a request nobody signed. */
  add(arm: number): void;
  readonly n: number;
  readonly unknown: number;
  readonly counts: readonly number[];
  /** Runs of equal answers per arm, in start order. */
  readonly runs: readonly number[];
  readonly failLogE: number;
  readonly acceptLogLambda: number;
  readonly cap: number;
  /**
   * Weighs the evidence now and keeps what has been accepted.
   * @param isLast nobody will look again: the only look at which a fixed sample accepts
   */
  look(isLast?: boolean): EvidenceLevel;
  readonly level: EvidenceLevel;
  readonly rejected: boolean;
  readonly accepted: boolean;
  /** What the acceptance tests exclude at beta so far, per arm: this much more than declared, or this much less. */
  readonly excluded: readonly ExcludedDrifts[];
}

export interface ExcludedDrifts {
  readonly above: number;
  readonly below: number;
}

/** Arms that neither get everything nor nothing: the ones a ratio can be tested on. */
interface OpenArm {
  readonly index: number;
  acceptedHigh: number | undefined;
  acceptedLow: number | undefined;
  excludedAbove: number;
  excludedBelow: number;
}

export function createSplitEvidence(expectation: SplitExpectation): SplitEvidence {
  const { arms, margin, alpha, beta } = expectation;
  const shares = arms.map((arm) => arm.share);
  const open: OpenArm[] = shares.flatMap((share, index) =>
    share > 0 && share < 1
      ? [{ index, acceptedHigh: undefined, acceptedLow: undefined, excludedAbove: 1 - share, excludedBelow: share }]
      : [],
  );
  const openShares = open.map((arm) => shares[arm.index]!);
  const process: HybridEProcess = hybridEProcess(openShares, margin);
  const closed = shares.some((share) => share === 0 || share === 1);
  const leak = leakLimit(expectation);
  const isFixed = expectation.design === 'fixed-sample' && open.length > 0;
  const failLogE = Math.log(1 / alpha);
  const acceptLogLambda = -Math.log(1 / beta);
  const counts = shares.map(() => 0);
  const runs = shares.map(() => 0);
  let unknown = 0;
  let n = 0;
  let last = -1;
  let leakExcluded: number | undefined;
  let leastLeak = 1;
  let level: EvidenceLevel = { n: 0, logE: 0, logLambdaHigh: 0, logLambdaLow: 0 };

  const weighLeak = (): number => {
    const logLambda = -logLeakE(n, unknown, leak);
    if (logLambda <= acceptLogLambda) leakExcluded ??= logLambda;
    leastLeak = excludedLeak(n, unknown, leastLeak, beta, leak);
    return leakExcluded ?? logLambda;
  };

  return {
    add(arm) {
      n += 1;
      if (arm < 0) {
        unknown += 1;
        return;
      }
      counts[arm]! += 1;
      if (arm === last) return;
      runs[arm]! += 1;
      last = arm;
    },
    get n() {
      return n;
    },
    get unknown() {
      return unknown;
    },
    counts,
    runs,
    failLogE,
    acceptLogLambda,
    cap: Math.max(
      closed ? 6 * zeroWeightSampleSize(leak, beta) : 0,
      ...openShares.map((share) => (isFixed ? acceptanceSize(share, margin, beta) : requestCap(share, margin, beta))),
    ),
    look(isLast = false) {
      const mayAccept = isLast || !isFixed;
      const open_ = open.map((arm) => counts[arm.index]!);
      let logLambdaHigh = Number.NEGATIVE_INFINITY;
      let logLambdaLow = Number.NEGATIVE_INFINITY;
      open.forEach((arm, i) => {
        const increments = process.increments[i]!;
        const hits = open_[i]!;
        const share = shares[arm.index]!;
        const above = { share, hits: hits + unknown, n };
        const below = { share: 1 - share, hits: n - hits, n };
        const high = isFixed ? logTailBelow(above, margin) : logRatioHigh(increments, hits + unknown, n);
        const low = isFixed ? logTailBelow(below, margin) : logRatioLow(increments, hits, n);
        if (mayAccept && high <= acceptLogLambda) arm.acceptedHigh ??= high;
        if (mayAccept && low <= acceptLogLambda) arm.acceptedLow ??= low;
        arm.excludedAbove = isFixed
          ? excludedBySample(above, beta)
          : excludedDrift(above, arm.excludedAbove, beta, margin);
        arm.excludedBelow = isFixed
          ? excludedBySample(below, beta)
          : excludedDrift(below, arm.excludedBelow, beta, margin);
        logLambdaHigh = Math.max(logLambdaHigh, arm.acceptedHigh ?? high);
        logLambdaLow = Math.max(logLambdaLow, arm.acceptedLow ?? low);
      });
      // A leak is a share above zero; an arm that is due everything misses what leaks.
      if (closed) logLambdaHigh = Math.max(logLambdaHigh, weighLeak());
      if (open.length === 0) logLambdaLow = logLambdaHigh;
      const logE = open.length === 0 ? 0 : hybridLogE(process, open_, unknown);
      level = { n, logE, logLambdaHigh, logLambdaLow };
      return level;
    },
    get level() {
      return level;
    },
    get rejected() {
      return level.logE >= failLogE;
    },
    get accepted() {
      // in a fixed sample the level may look good before anything is accepted
      if (open.some((arm) => arm.acceptedHigh === undefined || arm.acceptedLow === undefined)) return false;
      return n > 0 && level.logLambdaHigh <= acceptLogLambda && level.logLambdaLow <= acceptLogLambda;
    },
    get excluded() {
      return shares.map((share, index) => {
        const arm = open.find((one) => one.index === index);
        if (arm) return { above: arm.excludedAbove, below: arm.excludedBelow };
        return share === 0 ? { above: leastLeak, below: 0 } : { above: 0, below: leastLeak };
      });
    },
  };
}
