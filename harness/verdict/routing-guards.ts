/**
 * Guards on the assumption behind the request-level tests: that every request is routed by itself. Sticky routing makes
 * them too sure; a round robin is not the weighted choice that was declared. Either is a finding.
 */
import { hitRunsPValues, homogeneityTest, pairsPValues } from '../stats/dependence-guards.ts';
import type { GroupLedger } from './group-ledger.ts';
import type { Outcome } from './outcome.ts';
import { probability, whole } from './wording.ts';

export interface GuardVerdict {
  readonly name: 'shares-alike-over-groups' | 'runs-in-start-order' | 'pairs-within-groups' | 'cluster-test';
  readonly outcome: Outcome;
  readonly pValue?: number;
  /** Of a guard that tripped: equal answers stand `together` (sticky, or a share that moved) or are `alternating`. */
  readonly tendency?: 'together' | 'alternating';
  readonly sentence: string;
}

/** A guard trips below this; with a handful of guards per verdict, about one honest split in 2,000 is affected. */
const GUARD_LEVEL = 1e-4;
export interface StartOrderRuns {
  /** Requests and runs per arm over the whole start-ordered stream. */
  readonly counts: readonly number[];
  readonly runs: readonly number[];
}

export function judgeRouting(ledger: GroupLedger, startOrder: StartOrderRuns): readonly GuardVerdict[] {
  return [overGroups(ledger), inStartOrder(startOrder), withinGroups(ledger, startOrder.counts)];
}

/** Undefined while no guard could be applied. */
export function isPerRequest(guards: readonly GuardVerdict[]): boolean | undefined {
  if (guards.some((guard) => guard.outcome === 'failed')) return false;
  return guards.some((guard) => guard.outcome === 'passed') ? true : undefined;
}

function verdict(name: GuardVerdict['name'], pValue: number, sticky: boolean, texts: readonly string[]): GuardVerdict {
  const tripped = pValue < GUARD_LEVEL;
  const [alike, tooSticky, tooRegular] = texts;
  const finding = tripped ? (sticky ? tooSticky : tooRegular) : alike;
  return {
    name,
    outcome: tripped ? 'failed' : 'passed',
    pValue,
    ...(tripped ? { tendency: sticky ? ('together' as const) : ('alternating' as const) } : {}),
    sentence: `${finding} (p = ${probability(pValue)})`,
  };
}

function overGroups(ledger: GroupLedger): GuardVerdict {
  const name = 'shares-alike-over-groups';
  const test = homogeneityTest(ledger.table());
  if (!test) {
    return {
      name,
      outcome: 'inconclusive',
      sentence: `too few requests in ${whole(ledger.groups)} groups to compare them`,
    };
  }
  const sticky = test.overdispersionPValue < test.underdispersionPValue;
  const effect = `design effect ${test.designEffect.toFixed(2)} over ${whole(test.groups)} groups`;
  return verdict(name, Math.min(test.overdispersionPValue, test.underdispersionPValue), sticky, [
    `the groups differ no more than chance allows, ${effect}`,
    `the shares differ between groups: routing sticks to a connection, user or pod, ${effect}`,
    `the groups are more alike than chance allows: a round robin, not a weighted choice, ${effect}`,
  ]);
}

/** Tests per arm against the rest, combined: Bonferroni over the arms, where the two arms of a pair count once. */
function perArm(
  counts: readonly number[],
  test: (arm: number) => { readonly together: number; readonly alternating: number },
): { readonly pValue: number; readonly sticky: boolean } | undefined {
  const n = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.flatMap((count, arm) => (count > 0 && count < n ? [arm] : []));
  if (present.length === 0) return undefined;
  const tests = present.map(test);
  const together = Math.min(...tests.map((result) => result.together));
  const alternating = Math.min(...tests.map((result) => result.alternating));
  const arms = present.length === 2 ? 1 : present.length;
  return { pValue: Math.min(1, arms * Math.min(together, alternating)), sticky: together < alternating };
}

function inStartOrder({ counts, runs }: StartOrderRuns): GuardVerdict {
  const name = 'runs-in-start-order';
  const n = counts.reduce((sum, count) => sum + count, 0);
  const test = perArm(counts, (arm) => hitRunsPValues(counts[arm]!, n - counts[arm]!, runs[arm]!));
  if (!test) return { name, outcome: 'inconclusive', sentence: 'only one arm answered: there is no order' };
  return verdict(name, test.pValue, test.sticky, [
    'equal answers follow each other as often as chance makes them',
    'equal answers come in a row: the share moved during the run, or requests are not routed one by one',
    'answers alternate more regularly than chance would: a round robin, not a weighted choice',
  ]);
}

function withinGroups(ledger: GroupLedger, counts: readonly number[]): GuardVerdict {
  const name = 'pairs-within-groups';
  const test = perArm(counts, (arm) => {
    const { bothHit, mixed, bothMiss } = ledger.pairs(arm);
    return pairsPValues(bothHit, mixed, bothMiss);
  });
  if (!test) return { name, outcome: 'inconclusive', sentence: 'only one arm answered: there are no pairs to compare' };
  return verdict(name, test.pValue, test.sticky, [
    'neighbouring requests of a group agree as often as chance makes them',
    'neighbouring requests of a group get the same answer too often: routing sticks to a connection, user or pod',
    'neighbouring requests of a group alternate more regularly than chance would: a round robin per connection',
  ]);
}
