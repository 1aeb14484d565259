/**
 * The group tests inverted. Both wealths are monotone in the mean that they bet against (a larger mean makes every
 * factor of the minus side larger and of the plus side smaller, whatever the cap on the bet), so halving finds the ends.
 */
import { bettingWealth } from '../stats/betting-e-process.ts';
import { excludedLeak } from '../stats/leak-e-process.ts';
import type { Interval } from '../stats/proportion.ts';
import type { GroupLedger } from './group-ledger.ts';
import { leakLimit, type SplitExpectation } from './split-expectation.ts';

const HALVINGS = 40;

/** ln of the wealth at which one of two sides of one of `arms` arms is refuted. */
export function refutedAt(arms: number, alpha: number): number {
  return Math.log((2 * arms) / alpha);
}

/** @param rate the error rate of the one evaluation that is inverted: its part of alpha, or of beta */
export function clusterInterval(
  expectation: SplitExpectation,
  ledger: GroupLedger,
  arm: number,
  { refuted, rate }: { readonly refuted: boolean; readonly rate: number },
): Interval {
  const { arms, margin } = expectation;
  const { share } = arms[arm]!;
  if (share === 0 || share === 1) {
    const leak = excludedLeak(ledger.groups, ledger.groupsWithUnknown, 1, rate, leakLimit(expectation));
    return share === 0 ? { low: 0, high: leak } : { low: 1 - leak, high: 1 };
  }
  const open = arms.filter((one) => one.share > 0 && one.share < 1).length;
  const limit = refuted ? refutedAt(open, rate) : Math.log(1 / rate);
  const values = ledger.shares(arm);
  const tooLow = (mean: number) => bettingWealth(values.low, mean, rate).maxLogPlus >= limit;
  const tooHigh = (mean: number) => bettingWealth(values.high, mean, rate).maxLogMinus >= limit;
  if (!refuted) {
    return { low: border(0, share, share - margin, tooLow).far, high: border(1, share, share + margin, tooHigh).far };
  }
  const low = border(0, 1, share, tooLow).near;
  // Groups that contradict each other may leave nothing; the interval is then the one place where they part.
  return { low, high: Math.max(low, border(1, 0, share, tooHigh).near) };
}

/**
 * Both sides of the border between excluded means and others, on the way from `outside` to `inside`. `first` is asked
 * first, because it is the one that decided: no rounding ever leaves it on the wrong side.
 */
function border(
  outside: number,
  inside: number,
  first: number,
  excluded: (mean: number) => boolean,
): { readonly far: number; readonly near: number } {
  let far = excluded(first) ? first : outside;
  let near = far === first ? inside : first;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (far + near) / 2;
    if (excluded(middle)) far = middle;
    else near = middle;
  }
  return { far, near };
}
