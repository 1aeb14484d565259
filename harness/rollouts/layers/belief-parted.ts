/**
 * The controller's belief against what it wrote: `status.canary.weights` of the Rollout and the weight of its
 * VirtualService. Both are told of by watches, which a busy machine delays; so clients must have seen it, too. Pure.
 */
import { formatClock } from '../../../reports/model/figures.ts';
import { seconds } from '../../documents/figures.ts';
import type { SeenWeight } from '../rollout-watch.ts';
import { gotOtherwise } from './clients-got.ts';
import { canaryVersionAt, type Parting, type RolloutEvidence, rolloutName, routeName } from './rollout-evidence.ts';

/** One reconciliation writes both; watches of a busy machine may tell of them so far apart. */
export const TOGETHER_MS = 3_000;
/** Proxies need a moment to follow the VirtualService. */
const ARRIVES_MS = 1_000;

export interface WrongWeight {
  readonly believed: number;
  readonly written: SeenWeight | undefined;
  /** From this moment on the two differed. */
  readonly atMs: number;
  /** The first time that they went together again, or nobody looked any more. */
  readonly untilMs: number;
  /** Of all such stretches under this belief. */
  readonly lastedMs: number;
}

/** At most one for each belief; one that changes sooner than both can be seen says nothing. */
export function wrongWeights({ watch, endMs }: Pick<RolloutEvidence, 'watch' | 'endMs'>): readonly WrongWeight[] {
  const { beliefs } = watch;
  const weights = byTheServer(watch.weights);
  return beliefs.flatMap(({ atMs: sinceMs, weight: believed }, i) => {
    const fromMs = sinceMs + TOGETHER_MS;
    // the next belief is told after its weight was written
    const toMs = (beliefs[i + 1]?.atMs ?? endMs) - TOGETHER_MS;
    if (toMs <= fromMs) return [];
    const held = weights.findLast(({ atMs }) => atMs <= fromMs);
    const states = [
      { atMs: sinceMs, weight: held?.weight ?? 0, written: held },
      ...weights
        .filter(({ atMs }) => atMs > fromMs && atMs < toMs)
        .map((written) => ({ atMs: written.atMs, weight: written.weight, written })),
    ];
    const wrong = states.flatMap(({ atMs, weight, written }, k) => {
      // what was written since the belief and is wrong was wrong from then on
      const beganMs = Math.max(atMs, written && written.atMs <= fromMs ? Math.max(sinceMs, written.atMs) : 0);
      return weight === believed ? [] : [{ atMs: beganMs, untilMs: states[k + 1]?.atMs ?? toMs, written }];
    });
    const [first] = wrong;
    if (first === undefined) return [];
    const lastedMs = wrong.reduce((sum, { atMs, untilMs }) => sum + untilMs - atMs, 0);
    return [{ believed, ...first, lastedMs }];
  });
}

/** Writes at the moment that the API server keeps, where our watch told of them later; in their order. */
function byTheServer(weights: readonly SeenWeight[]): readonly SeenWeight[] {
  let before = Number.NEGATIVE_INFINITY;
  return weights.map((seen) => {
    before = Math.max(before, Math.min(seen.atMs, seen.writtenMs ?? seen.atMs));
    return { ...seen, atMs: before };
  });
}

export function beliefParted(evidence: RolloutEvidence): readonly Parting[] {
  const { rollout, clients } = evidence;
  return wrongWeights(evidence)
    .filter(({ atMs, untilMs, believed }) => {
      if (clients.length === 0) return true;
      // where one version is all there is nobody gets another one
      const version = canaryVersionAt(evidence, atMs + TOGETHER_MS);
      return version !== undefined && gotOtherwise(clients, version, believed / 100, atMs + ARRIVES_MS, untilMs);
    })
    .map(({ believed, written, atMs, lastedMs }) => ({
      code: 'WEIGHT_NOT_AS_BELIEVED',
      layer: 'api',
      ...{ atMs, lastedMs },
      said: `From ${formatClock(atMs, true)} on ${rolloutName(rollout)} believed ${believed} % (status.canary.weights), while ${routeName(rollout)} said ${written?.weight ?? 0} % for ${seconds(lastedMs)}${written ? `, written by ${written.writer} at ${formatClock(written.atMs, true)}` : ''}`,
      object: routeName(rollout),
      field: 'spec.http[].route[].weight',
      hint: 'Somebody else writes the VirtualService, or the controller does not write what it says: look at its managedFields.',
      ...(written ? { writer: written.writer } : {}),
    }));
}
