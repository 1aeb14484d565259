/**
 * At which step do the canary's pods saturate at the peak? Computed from a bracket and the list of steps, with capacity in
 * proportion to pods. An autoscaler does not help by itself: it looks at the average over stable and canary pods, which idle
 * stable pods keep low. Pure.
 */
import { headroomGate, type KnownCapacity } from './headroom.ts';

export interface CanaryStep {
  /** Percent of the traffic, above 0 to 100. */
  readonly weightPercent: number;
  /** As `setCanaryScale.replicas` says; undefined: as many as the weight. */
  readonly pods: number | undefined;
}

export interface Autoscaler {
  readonly minPods: number;
  readonly maxPods: number;
  /** Average use of the pods that it aims at, as a share of what a pod holds; above 0 to 1. */
  readonly target: number;
}

export interface CanaryScene {
  /** Measured with `replicas` pods, requests per second. */
  readonly capacity: KnownCapacity;
  readonly replicas: number;
  readonly peak: number;
  readonly steps: readonly CanaryStep[];
  readonly autoscaler: Autoscaler | undefined;
}

export interface StepLoad {
  readonly weightPercent: number;
  /** `spec.replicas` at that step. */
  readonly replicas: number;
  readonly canaryPods: number;
  /** What the canary's pods get, as a multiple of what they hold by the upper and by the lower end of the bracket. */
  readonly load: { readonly from: number | undefined; readonly to: number | undefined };
  /** The average over all pods that an autoscaler sees, by the lower end; undefined without one. */
  readonly average: number | undefined;
  /** Whether they hold it. */
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
}

export function canaryLoads(scene: CanaryScene): readonly StepLoad[] {
  return scene.steps.map((step) => stepLoad(scene, step));
}

function stepLoad(scene: CanaryScene, { weightPercent, pods }: CanaryStep): StepLoad {
  const { capacity, peak } = scene;
  const onePod = (rate: number | undefined) => (rate === undefined ? undefined : rate / scene.replicas);
  const [low, high] = [onePod(capacity.low), onePod(capacity.high)];
  const replicas = replicasAtPeak(scene, low ?? high);
  const canaryPods = pods ?? Math.ceil((replicas * weightPercent) / 100);
  const canaryRate = (peak * weightPercent) / 100;
  const known = { low: low && low * canaryPods, high: high && high * canaryPods };
  const share = (rate: number | undefined) => (rate === undefined || rate === 0 ? undefined : canaryRate / rate);
  return {
    ...{ weightPercent, replicas, canaryPods },
    load: { from: share(known.high), to: share(known.low) },
    average: low === undefined ? undefined : peak / (low * (replicas + canaryPods)),
    outcome: canaryPods === 0 ? 'failed' : headroomGate(known, canaryRate, 1),
  };
}

/**
 * The autoscaler multiplies the pods that it sees by their average use over its target; use in proportion to load, that is
 * the peak over what a pod does at the target, however many canary pods there are beside.
 */
function replicasAtPeak({ autoscaler, replicas, peak }: CanaryScene, onePod: number | undefined): number {
  if (autoscaler === undefined || onePod === undefined) return replicas;
  const wanted = Math.ceil(peak / (onePod * autoscaler.target) - 1e-9);
  return Math.min(autoscaler.maxPods, Math.max(autoscaler.minPods, wanted));
}
