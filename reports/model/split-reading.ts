/** What the writers read out of a split: its canary arm and how far its evidence has come. Selection only, no verdicts. */
import {
  formatCount,
  formatDecimal,
  formatDeclared,
  formatInterval,
  formatRate,
  formatShare,
  pointsUp,
} from './figures.ts';
import type { SplitReport } from './run-report.ts';

export type ArmReport = SplitReport['arms'][number];

/** The arm a reader asks about: the one with the smallest declared share, the last of equals. */
export function canaryArm(split: SplitReport): ArmReport | undefined {
  return split.arms.reduce<ArmReport | undefined>(
    (least, arm) => (least === undefined || arm.declaredShare <= least.declaredShare ? arm : least),
    undefined,
  );
}

export interface Whisker {
  readonly low: number;
  readonly high: number;
  /** What the ends mean, such as "not excluded at β 0.001". */
  readonly meaning: string;
}

/**
 * What is drawn around an estimate: the deciding test inverted, so that no picture contradicts its verdict. Reports from
 * before it was recorded have the mixture interval only, which is wider.
 */
export function whiskerOf(arm: ArmReport): Whisker {
  const { decided, interval } = arm;
  if (decided === undefined) {
    return { ...interval, meaning: `mixture interval ${formatDeclared(interval.confidence)}` };
  }
  const { low, high, test, errorRate } = decided;
  const meaning =
    test === 'acceptance' ? `not excluded at β ${formatRate(errorRate)}` : `not refuted at α ${formatRate(errorRate)}`;
  return { low, high, meaning };
}

/** The whisker in figures; what it leaves out is never rounded into it. */
export function whiskerText(arm: ArmReport): string {
  return formatInterval(whiskerOf(arm), arm.decided?.test === 'refutation' ? arm.declaredShare : undefined);
}

/** The drift that a split's acceptance tests exclude; undefined where it was refuted or not recorded. */
export function excludedDriftText(split: SplitReport): string | undefined {
  const { excludedDrift } = split;
  if (excludedDrift === undefined || split.samples === 0) return undefined;
  return `±${pointsUp(excludedDrift)}`;
}

export interface EvidenceReading {
  /** Highest log e-value reached, and the line at which the split is refuted. */
  readonly against: number;
  readonly againstLimit: number;
  /** Acceptance of the weaker side (both must reach the line), and that line; both positive. */
  readonly inFavour: number;
  readonly inFavourLimit: number;
}

/** undefined when nothing was measured. */
export function readEvidence(split: SplitReport): EvidenceReading | undefined {
  if (split.trajectory.length === 0) return undefined;
  let against = Number.NEGATIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let low = Number.NEGATIVE_INFINITY;
  for (const point of split.trajectory) {
    against = Math.max(against, point.logE);
    high = Math.max(high, -point.logLambdaHigh);
    low = Math.max(low, -point.logLambdaLow);
  }
  return {
    against,
    againstLimit: split.failLogE,
    inFavour: Math.min(high, low),
    inFavourLimit: acceptLine(split),
  };
}

/** Distance of the acceptance line below zero, in nats: ln(1/beta), whichever sign the document carries. */
export function acceptLine(split: SplitReport): number {
  return Math.abs(split.acceptLogLambda);
}

/** `Declared 10 % · Observed 9.8 % [9.4, 10.3] % · n 18 204 · evidence …`: the one line of a split. */
export function splitLine(split: SplitReport): string {
  const arm = canaryArm(split);
  if (arm === undefined || split.samples === 0) return `Nothing observed · n${'\u202f'}0 · ${split.reason}`;
  const evidence = readEvidence(split);
  const reading =
    evidence === undefined
      ? 'evidence none'
      : `evidence against ${formatDecimal(evidence.against)}/${formatDecimal(evidence.againstLimit)}, ` +
        `for ${formatDecimal(evidence.inFavour)}/${formatDecimal(evidence.inFavourLimit)}`;
  return [
    `${arm.name}: Declared ${formatDeclared(arm.declaredShare)}`,
    `Observed ${formatShare(arm.estimate)} ${whiskerText(arm)}`,
    `n${'\u202f'}${formatCount(split.samples)}`,
    reading,
  ].join(' · ');
}

export type EvidencePoint = SplitReport['trajectory'][number];

/** At most about `limit` points: evenly spaced, with the first, the last and the highest e-value always kept. */
export function thinTrajectory(points: readonly EvidencePoint[], limit: number): readonly EvidencePoint[] {
  if (points.length <= limit) return points;
  const stride = Math.ceil(points.length / limit);
  const highest = points.reduce((best, point, index) => (point.logE > (points[best]?.logE ?? 0) ? index : best), 0);
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1 || index === highest);
}

/**
 * True when the two acceptance lines are one: with two arms, the worst over both arms of "too high" is the worst of
 * "too low", because one arm is above exactly when the other is below.
 */
export function sidesCoincide(split: SplitReport): boolean {
  return split.trajectory.every((point) => Math.abs(point.logLambdaHigh - point.logLambdaLow) < 1e-6);
}
