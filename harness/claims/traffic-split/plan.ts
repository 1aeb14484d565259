/** What `plan` says of a split: how many requests its verdict will cost on each path. Pure. */
import type { SplitClaim } from '../../documents/references.ts';
import { readDeclaredSplit } from '../../lint/routes/declared-split.ts';
import { costOfSplit, type SplitCost } from '../../verdict/split-cost.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import type { PlanContext, PlanLine } from '../claim-kind.ts';

export function planSplitLoad(
  { id, virtualService, paths }: SplitClaim,
  { files, assurance, ratePerSecond }: PlanContext,
): readonly PlanLine[] {
  const split = readDeclaredSplit(files, { virtualService, namespace: virtualService.namespace });
  const expectation = expectationOf(split, assurance);
  const { margin, alpha, beta } = expectation;
  const cost = costOfSplit(expectation);
  return paths.map((path) => {
    const perSecond = ratePerSecond ?? path.ratePerSecond;
    return {
      section: 'Load',
      line: `${id} ${path.kind}: ${perSecond} requests/s, ±${Number((margin * 100).toPrecision(3))} points, α ${alpha}, β ${beta}; ${describeCost(cost, perSecond)}`,
    };
  });
}

function describeCost({ passMean, cap }: SplitCost, perSecond: number): string {
  return `about ${Math.round(passMean)} requests (${(passMean / perSecond).toFixed(0)} s) when the split is right, at most ${cap} (${(cap / perSecond).toFixed(0)} s)`;
}
