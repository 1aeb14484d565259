/**
 * The fallback when requests are not routed one by one: the betting e-process on the mean share of each group, valid for
 * any dependence inside a group. It knows as much as there are groups, so it often stays inconclusive.
 *
 * Group means change as requests arrive, so each evaluation is a test of its own: the j-th spends alpha / (j (j+1)) and
 * beta / (j (j+1)), which sum to alpha and beta; evaluations come at doubling numbers of requests.
 */
import { bettingWealth } from '../stats/betting-e-process.ts';
import { logLeakE } from '../stats/leak-e-process.ts';
import type { Interval } from '../stats/proportion.ts';
import { clusterInterval, refutedAt } from './cluster-interval.ts';
import type { GroupLedger } from './group-ledger.ts';
import { leakLimit, type SplitExpectation } from './split-expectation.ts';

type ClusterFinding = 'passed' | 'failed' | undefined;

export interface ClusterJudgement {
  /** The next number of requests at which it is worth evaluating. */
  readonly nextAt: number;
  evaluate(ledger: GroupLedger, n: number): ClusterFinding;
  /**
   * The last evaluation inverted for one arm: after a fail the shares that are not refuted at its alpha, else those that
   * are not excluded at its beta. Arms of weight 0 and 1 have what a leak leaves.
   */
  interval(ledger: GroupLedger, arm: number, refuted: boolean): Interval;
}

/** `firstAt`: requests at which the guard tripped. Arms are indices into the expectation's. */
export function createClusterJudgement(expectation: SplitExpectation, firstAt: number): ClusterJudgement {
  let nextAt = firstAt;
  let evaluations = 0;
  return {
    get nextAt() {
      return nextAt;
    },
    evaluate(ledger, n) {
      nextAt = Math.max(nextAt, n) * 2;
      evaluations += 1;
      const spent = evaluations * (evaluations + 1);
      return judgeClusters(expectation, ledger, expectation.alpha / spent, expectation.beta / spent);
    },
    interval(ledger, arm, refuted) {
      const spent = Math.max(1, evaluations) * (Math.max(1, evaluations) + 1);
      return clusterInterval(expectation, ledger, arm, {
        refuted,
        rate: (refuted ? expectation.alpha : expectation.beta) / spent,
      });
    },
  };
}

function judgeClusters(
  { arms, margin, ...rest }: SplitExpectation,
  ledger: GroupLedger,
  alpha: number,
  beta: number,
): ClusterFinding {
  const open = arms.flatMap((arm, index) => (arm.share > 0 && arm.share < 1 ? [{ share: arm.share, index }] : []));
  const failAt = refutedAt(open.length, alpha);
  const passAt = Math.log(1 / beta);
  let allInside = open.length > 0;
  for (const { share, index } of open) {
    const { low, high } = ledger.shares(index);
    if (bettingWealth(low, share, alpha).maxLogPlus >= failAt) return 'failed';
    if (bettingWealth(high, share, alpha).maxLogMinus >= failAt) return 'failed';
    allInside &&=
      bettingWealth(low, share - margin, beta).maxLogPlus >= passAt &&
      bettingWealth(high, share + margin, beta).maxLogMinus >= passAt;
  }
  if (!allInside) return undefined;
  if (arms.every((arm) => arm.share > 0)) return 'passed';
  // Weight zero: a group counts as one trial, since all its requests may have gone the same way.
  const leak = leakLimit({ arms, margin, ...rest });
  return logLeakE(ledger.groups, ledger.groupsWithUnknown, leak) >= passAt ? 'passed' : undefined;
}
