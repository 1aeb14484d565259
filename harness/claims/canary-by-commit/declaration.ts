/** Claim kind `canary-by-commit`: the canary's weight goes up by commits, a revert brings it back, an abort takes it away. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { share, splitRef } from '../../documents/claim-atoms.ts';
import { claimBase, insidePath, rate, text } from '../../documents/document-atoms.ts';
import type {
  ClaimBase,
  SplitClaim,
  TrafficPath,
  ValuesOfWeights,
  Weights,
  WeightsCommit,
} from '../../documents/references.ts';
import { lintWeights } from '../../lint/routes/split-weights.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import { expectationOfArms } from '../../verdict/split-expectation.ts';
import { claimKind, type PlanContext, type PlanLine } from '../claim-kind.ts';

export interface CanaryByCommitClaim extends ClaimBase {
  readonly kind: 'canary-by-commit';
  readonly split: SplitClaim;
  /** Where the weights stand; undefined: in the VirtualService itself. */
  readonly values: ValuesOfWeights | undefined;
  /** Subsets. */
  readonly stable: string;
  readonly canary: string;
  /** Percent of the canary, of one commit after the other; it goes up. */
  readonly steps: readonly [number, ...number[]];
  /** Undefined: nothing is told to fail, and no abort is judged. */
  readonly abort: Abort | undefined;
}

export interface Abort {
  /** Share of the canary's answers that its program is told to make errors of. */
  readonly errorShare: number;
  /** The largest share that may be errors. */
  readonly objective: number;
  /** From the moment at which the objective was found broken to the last answer of the canary. */
  readonly withinMs: number;
}

const pointer = z.string().regex(/^\/./, "must be a JSON pointer, such as '/reviews/weights/v2'");

export const canaryByCommit = claimKind({
  kind: 'canary-by-commit',
  summary:
    "commits raise the canary's weight step by step, a revert brings it back, an abort takes all traffic to stable",
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('canary-by-commit'),
    split: splitRef.describe('id of a traffic-split claim of this profile, between two subsets'),
    values: z
      .strictObject({
        file: insidePath.describe('values file in Git, relative to its root'),
        weights: z
          .record(z.string().min(1), pointer)
          .describe('subset -> JSON pointer to its number; one that is left out gets what the template works out'),
      })
      .optional()
      .describe('where the weights stand that a chart renders; default: in the VirtualService itself'),
    stable: text.describe('subset that an abort takes all traffic to'),
    canary: text.describe('subset whose weight goes up'),
    steps: z
      .array(z.int().min(1).max(100))
      .min(1)
      .refine((steps) => steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0)), {
        error: 'must go up',
      })
      .describe('percent of the canary, of one commit after the other; each is proven on every path before the next'),
    ratePerSecond: rate.optional().describe("offered on each path of that split; default: the path's"),
    abort: z
      .strictObject({
        errorShare: share.default(0.5).describe("of the canary's answers, which its program is told to make errors of"),
        objective: share.default(0.01).describe("the largest share of the canary's answers that may be errors"),
        within: durationText
          .default('60s')
          .describe('from the moment at which clients see the objective broken to the last answer of the canary'),
      })
      .optional()
      .describe('after the revert the canary fails, and a commit takes its weight away; default: not judged'),
  }),
  resolve(document, { splitOf, report }): CanaryByCommitClaim | undefined {
    const { ratePerSecond, abort, values, steps, ...claim } = document;
    const split = splitOf(claim.split, ['split']);
    const { stable, canary } = claim;
    if (stable === canary)
      return report('CANARY_IS_STABLE', `${canary} is named as the stable subset, too`, ['canary']);
    const pointers = Object.keys(values?.weights ?? { [canary]: '' });
    const stranger = pointers.find((subset) => subset !== stable && subset !== canary);
    if (stranger !== undefined || !pointers.includes(canary))
      return report(
        'CANARY_VALUES',
        stranger === undefined ? `no value is named for ${canary}` : `${stranger} is neither ${stable} nor ${canary}`,
        ['values', 'weights'],
      );
    if (abort && abort.errorShare <= abort.objective)
      return report(
        'CANARY_OBJECTIVE',
        `${abort.errorShare} of errors would not break an objective of ${abort.objective}`,
        ['abort', 'errorShare'],
      );
    const [first = 1, ...others] = steps;
    const up: CanaryByCommitClaim['steps'] = [first, ...others];
    return (
      split && {
        ...{ ...claim, values, steps: up },
        split: { ...split, paths: atRate(split.paths, ratePerSecond) },
        abort: abort && { ...abort, withinMs: durationToMs(abort.within)! },
      }
    );
  },
  lint: (claim: CanaryByCommitClaim, context) => lintWeights(claim.split, weightsAt(claim, claim.steps[0]), context),
  plan: (claim: CanaryByCommitClaim, context): readonly PlanLine[] => [
    {
      section: 'Steps',
      line: `${claim.id}: commits of ${claim.canary} ${claim.steps.join(', then ')} %${claim.values ? ` in ${claim.values.file}` : ''}, a revert of the last${claim.abort ? ', and an abort' : ''}`,
    },
    ...claim.split.paths.map(({ kind, ratePerSecond }): PlanLine => {
      const requests = requestsOf(claim, context);
      const offered = context.ratePerSecond ?? ratePerSecond;
      return {
        section: 'Load',
        line: `${claim.id} on ${kind}: about ${Math.round(requests)} requests, ${Math.round(requests / offered)} s at ${offered}/s`,
      };
    }),
  ],
  commits: (claim: CanaryByCommitClaim) => [
    ...claim.steps.map((percent) => commitOf(claim, percent)),
    ...(claim.abort ? [commitOf(claim, 0)] : []),
  ],
  addons: ['argocd', 'istio'],
});

function atRate(paths: SplitClaim['paths'], ratePerSecond: number | undefined): SplitClaim['paths'] {
  const changed = (path: TrafficPath) => ({ ...path, ratePerSecond: ratePerSecond ?? path.ratePerSecond });
  const [first, ...others] = paths;
  return [changed(first), ...others.map(changed)];
}

/** @param percent of the canary */
export function weightsAt({ stable, canary }: CanaryByCommitClaim, percent: number): Weights {
  return { [stable]: 100 - percent, [canary]: percent };
}

export function commitOf(claim: CanaryByCommitClaim, percent: number): WeightsCommit {
  return { virtualService: claim.split.virtualService, weights: weightsAt(claim, percent), values: claim.values };
}

/** Mean of all steps, the revert and the abort, on one path. */
function requestsOf(claim: CanaryByCommitClaim, { assurance }: Pick<PlanContext, 'assurance'>): number {
  const { steps, abort } = claim;
  const judged = [...steps, steps.at(-2) ?? 0, ...(abort ? [0] : [])];
  return judged.reduce((sum, percent) => {
    const arms = [100 - percent, percent].map((weight, index) => ({ name: `${index}`, share: weight / 100 }));
    return sum + costOfSplit(expectationOfArms(arms, assurance)).passMean;
  }, 0);
}
