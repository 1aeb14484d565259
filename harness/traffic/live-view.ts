/** The one line that moves while load runs: `Declared 10 % · Observed 9.8 % [9.4, 10.3] · n 18 204 · evidence 12.4/20`. */
import type { LiveSplit } from '../ports/progress.ts';
import type { SplitExpectation } from '../verdict/split-expectation.ts';
import type { SplitProgress } from '../verdict/split-judge.ts';

/** @param arm the arm whose share is followed, and what it is declared to get (0 to 1) */
export function formatLive(arm: { readonly name: string; readonly share: number }, progress: SplitProgress): string {
  const declared = `Declared ${plainPercent(arm.share)} %`;
  const estimate = progress.estimates.find(({ name }) => name === arm.name);
  if (progress.n === 0 || estimate === undefined) return `${declared} · waiting for answers`;
  const { share, low, high } = estimate;
  return [
    declared,
    `Observed ${oneDecimal(share)} % [${oneDecimal(low)}, ${oneDecimal(high)}]`,
    `n ${groupThousands(progress.n)}`,
    `evidence ${nearerDecision(progress)}`,
  ].join(' · ');
}

/** The same figures for readers that draw them. */
export function liveSplit(
  phase: Pick<LiveSplit, 'id' | 'claimId' | 'title' | 'path'> & { readonly expectation: SplitExpectation },
  progress: SplitProgress,
  startedAt: number,
): LiveSplit {
  const { id, claimId, title, path, expectation } = phase;
  const { estimates, ...levels } = progress;
  const { alpha, beta, margin, arms } = expectation;
  return {
    ...{ id, claimId, title, path, startedAt, alpha, beta, margin },
    ...levels,
    arms: estimates.map((one, i) => ({ ...one, declaredShare: arms[i]?.share ?? 0 })),
  };
}

/** Natural logarithms: how far towards the decision that is nearer, and how much that one needs. */
function nearerDecision({ logE, failLogE, acceptLogLambda, logLambdaHigh, logLambdaLow }: SplitProgress): string {
  const accepted = -Math.max(logLambdaHigh, logLambdaLow);
  const needed = -acceptLogLambda;
  const [evidence, goal] = logE / failLogE > accepted / needed ? [logE, failLogE] : [accepted, needed];
  return `${Math.max(0, evidence).toFixed(1)}/${goal.toFixed(1)}`;
}

function plainPercent(share: number): string {
  return String(Number((share * 100).toFixed(4)));
}

function oneDecimal(share: number): string {
  return (share * 100).toFixed(1);
}

/** Groups of three digits, set apart by a space. */
export function groupThousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
}
