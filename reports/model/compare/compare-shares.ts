/** Observed shares of two runs, arm by arm, with the interval of their difference. */
import { differenceOfShares, type ShareDifference } from '../difference-of-shares.ts';
import type { RunReport, SplitReport } from '../run-report.ts';

export interface ComparedShare {
  readonly splitId: string;
  readonly claimId: string;
  readonly title: string;
  readonly path: SplitReport['path'];
  readonly arm: string;
  readonly declaredFirst?: number;
  readonly declaredSecond?: number;
  readonly first?: { readonly share: number; readonly n: number };
  readonly second?: { readonly share: number; readonly n: number };
  /** Absent where one of the runs saw no request. */
  readonly difference?: ShareDifference;
}

/** Chance that any of the intervals of one comparison leaves out zero although all true shares are equal. */
export const NOISE_RATE = 0.01;

/**
 * The arm with the largest declared share is left out: it is what the others leave. The error rate is parted evenly
 * over all arms compared (Bonferroni). Sequential tests stop early when the estimate happens to be far off, so their
 * estimates scatter a little more than these intervals say.
 */
export function compareShares(first: RunReport, second: RunReport): ComparedShare[] {
  const pairs = [...new Set([...first.splits, ...second.splits].map(({ id }) => id))].flatMap((id) => {
    const a = first.splits.find((split) => split.id === id);
    const b = second.splits.find((split) => split.id === id);
    const split = a ?? b;
    if (split === undefined) return [];
    const names = [...new Set([...smallerArms(a), ...smallerArms(b)])];
    return names.map((arm) => ({ split, arm, a: armOf(a, arm), b: armOf(b, arm) }));
  });
  const comparable = pairs.filter(({ a, b }) => a !== undefined && b !== undefined && a.n > 0 && b.n > 0).length;
  return pairs.map(({ split, arm, a, b }) => {
    const difference =
      a === undefined || b === undefined ? undefined : differenceOfShares(a, b, NOISE_RATE / Math.max(1, comparable));
    return {
      splitId: split.id,
      claimId: split.claimId,
      title: split.title,
      path: split.path,
      arm,
      ...(a === undefined ? {} : { declaredFirst: a.declared, first: { share: a.share, n: a.n } }),
      ...(b === undefined ? {} : { declaredSecond: b.declared, second: { share: b.share, n: b.n } }),
      ...(difference === undefined ? {} : { difference }),
    };
  });
}

function smallerArms(split: SplitReport | undefined): readonly string[] {
  if (split === undefined) return [];
  const largest = split.arms.reduce<SplitReport['arms'][number] | undefined>(
    (best, arm) => (best === undefined || arm.declaredShare > best.declaredShare ? arm : best),
    undefined,
  );
  return split.arms.filter((arm) => arm !== largest).map(({ name }) => name);
}

function armOf(split: SplitReport | undefined, name: string) {
  const arm = split?.arms.find((one) => one.name === name);
  if (split === undefined || arm === undefined) return undefined;
  return { declared: arm.declaredShare, share: arm.estimate, n: split.samples };
}
