/** What `plan` says of a split: how many requests its verdict will cost on each path. Pure. */
import type { SplitClaim } from '../../documents/references.ts';
import { readDeclaredSplit } from '../../lint/routes/declared-split.ts';
import { costOfSplit, type SplitCost } from '../../verdict/split-cost.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import { ASSURANCE } from '../../verdict/split-judge.ts';
import type { PlanContext, PlanLine } from '../claim-kind.ts';

export function planSplitLoad(
  { id, virtualService, paths }: SplitClaim,
  { files, assurance, ratePerSecond }: PlanContext,
): readonly PlanLine[] {
  const split = readDeclaredSplit(files, { virtualService, namespace: virtualService.namespace });
  const { margin, alpha, beta } = ASSURANCE[assurance];
  const cost = costOfSplit(expectationOf(split, assurance));
  return paths.map((path) => {
    const perSecond = ratePerSecond ?? path.ratePerSecond;
    return {
      section: 'Load',
      line: `${id} ${path.kind}: ${perSecond} requests/s, ±${margin * 100} points, α ${alpha}, β ${beta}; ${describeCost(cost, perSecond)}`,
    };
  });
}

function describeCost({ passMean, cap }: SplitCost, perSecond: number): string {
  return `about ${Math.round(passMean)} requests (${(passMean / perSecond).toFixed(0)} s) when the split is right, at most ${cap} (${(cap / perSecond).toFixed(0)} s)`;
}
