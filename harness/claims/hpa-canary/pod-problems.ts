/** Which pods the autoscaler added at one held weight: in the right ReplicaSet, within its maximum, and to an end. Pure. */
import { seconds } from '../../documents/figures.ts';
import { expectedCanaryPods } from './held-steps.ts';
import type { Held } from './hold.ts';
import { at, type Problem, type WeighRequest } from './weigh-request.ts';

/** No tolerance and no rounding makes so many times the replicas of the same load. */
const RUNAWAY = 2;
/** Up, down, and up again under the same load. */
const REVERSALS = 2;

export function podProblems(request: WeighRequest): Problem[] {
  const found = [followProblem(request), maximumProblem(request), motionProblem(request)];
  return found.filter((problem) => problem !== undefined);
}

/** As many as the Rollout declares for so many replicas at that weight. */
function declaredPods({ scale, leastPods, held }: WeighRequest, replicas: number): number {
  return expectedCanaryPods({
    ...{ scale, replicas, weight: held.weight },
    ...(leastPods === undefined ? {} : { least: leastPods }),
  });
}

function followProblem(request: WeighRequest): Problem | undefined {
  const { weight, replicas, isStill, canary } = request.held;
  const wanted = declaredPods(request, replicas);
  if (weight === 0 || !isStill || canary.all === wanted) return undefined;
  return {
    ...{ code: 'CANARY_PODS_DO_NOT_FOLLOW', outcome: 'failed' },
    sentence: `${at(request.held)} there were ${canary.all} canary pods, and the Rollout declares ${wanted} for ${replicas} replicas`,
    hint: 'The controller must scale the canary when the autoscaler changes spec.replicas: look at its log, and at who else scales the ReplicaSets.',
  };
}

function maximumProblem(request: WeighRequest): Problem | undefined {
  const { held, declared } = request;
  const { weight, replicas, most } = held;
  const canaryMost = weight === 0 ? 0 : Math.max(declaredPods(request, declared.most), declaredPods(request, replicas));
  const isWithin = Math.max(most.replicas, most.stable) <= declared.most && (weight === 0 || most.canary <= canaryMost);
  if (isWithin) return undefined;
  return {
    ...{ code: 'PODS_BEYOND_MAXIMUM', outcome: 'failed' },
    sentence: `${at(held)} there were up to ${most.replicas} replicas, ${most.stable} stable and ${most.canary} canary pods; the autoscaler's maximum of ${declared.most} allows ${declared.most} and ${canaryMost}`,
    hint: 'Somebody else than the autoscaler scales: look at the writers of spec.replicas.',
  };
}

function motionProblem({ held, replicasBefore }: WeighRequest): Problem | undefined {
  const { replicas, changes, isStill, judged, beganMs } = held;
  const writers = new Set(changes.map(({ writer }) => writer));
  const moves = changes.map(({ from, to, writer }) => `${from} → ${to} by ${writer}`).join(', ');
  if (reversalsOf(changes) >= REVERSALS) {
    const why =
      writers.size > 1 ? 'two writers undo each other' : 'adding pods takes away the average that asked for them';
    return {
      ...{ code: 'AUTOSCALER_FIGHTS_ROLLOUT', outcome: 'failed' },
      sentence: `${at(held)} spec.replicas went back and forth under the same load: ${moves}; ${why}`,
      hint: 'One writer must own spec.replicas: ignore it in Argo CD, and keep one autoscaler; a longer stabilizationWindowSeconds ends swinging.',
    };
  }
  if (replicasBefore !== undefined && replicas >= RUNAWAY * replicasBefore)
    return {
      ...{ code: 'AUTOSCALER_FIGHTS_ROLLOUT', outcome: 'failed' },
      sentence: `${at(held)} the same load that ${replicasBefore} replicas held before the canary took ${replicas} (${moves || 'at the weights before'}): the autoscaler multiplies the pods that it counts, canary pods with them, by the average over its target, and the Rollout makes the product its stable replicas and adds canary pods to it again (argo-rollouts issues 2857 and 3849)`,
      hint: 'A metric that does not fall when pods are added grows without end beside a canary: scale by one that does, or with dynamicStableScale.',
    };
  if (isStill) return undefined;
  return {
    ...{ code: 'AUTOSCALER_STILL_MOVING', outcome: 'inconclusive' },
    sentence: `${at(held)} replicas or pods still moved after ${seconds(judged.toMs - beganMs)}${moves === '' ? '' : ` (${moves})`}`,
    hint: 'Give the autoscaler more time with actsWithin, or let it add more pods at once.',
  };
}

function reversalsOf(changes: Held['changes']): number {
  const directions = changes.map(({ from, to }) => Math.sign(to - from));
  return directions.filter((direction, index) => index > 0 && direction !== directions[index - 1]).length;
}
