/**
 * Plays Argo Rollouts on a cluster in memory: pods, weights, analysis, status, and the orders that people give through
 * the status. The steps and the limits are the oracle's machines, which are compared with Argo's own code elsewhere.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { Controller } from '../../faults/bad-controller/misbehaviour.ts';
import { NEW_ROLLOUT, type RolloutState, reconcileRollout } from '../../oracle/rollout-machine.ts';
import { readRolloutPlan } from '../../oracle/rollout-plan.ts';
import {
  type CanaryScale,
  canaryWeight,
  isCanaryRoute,
  readCanary,
  weightedRoutes,
} from '../../rollouts/rollout-object.ts';
import type { FakeAnalyses } from './fake-analyses.ts';
import { keepPods, keepReplicaSet, type PodTemplate, podsOfHash, templateHash } from './fake-rollout-pods.ts';
import type { RolloutsCluster } from './fake-rollouts-cluster.ts';

/** What a controller, or whoever meddles with its objects, may do wrong. */
export interface ControllerFaults {
  /** A new template is never acted on. */
  stuck?: boolean;
  /** The weight that is really written for one that should be, both in per cent. */
  writes?: (weight: number) => number;
  /** What the API server stores of a write, as the webhook of a fault answers; it is written again until it is stored. */
  stores?: Controller;
  /** Goes on by itself so long after it began to wait for a human. */
  impatientAfterMs?: number;
  /** Promotion changes nothing. */
  deafToPromote?: boolean;
  keepsCanaryPods?: boolean;
  /** How many canary pods it keeps; default: as many as there are replicas. */
  canaryPods?: (asked: CanaryPodsAsked) => number;
}

interface CanaryPodsAsked {
  readonly replicas: number;
  /** Percent. */
  readonly weight: number;
  readonly scale: CanaryScale | undefined;
}

interface Memory {
  template?: PodTemplate;
  state: RolloutState;
  stableHash: string;
  currentHash: string;
  canarySinceMs: number;
  abortedMs: number | undefined;
  abortedBecause: string;
  readonly runs: Partial<Record<'step' | 'background', string>>;
  count: number;
}

const POD_STARTS_MS = 1_000;
const ABORT_SCALE_DOWN_MS = 30_000;
const ROUNDS = 10;

export interface RolloutsController {
  act(nowMs: number): void;
}

export function createRolloutsController(
  cluster: RolloutsCluster,
  analyses: FakeAnalyses,
  faults: ControllerFaults,
): RolloutsController {
  const memories = new Map<string, Memory>();
  const due: { readonly atMs: number; readonly route: KubeObject; readonly http: unknown }[] = [];

  function act(nowMs: number): void {
    for (const rollout of cluster.all('rollouts')) {
      const key = rollout.metadata.uid ?? rollout.metadata.name;
      const { template } = rollout.spec as { template: PodTemplate };
      const known = memories.get(key);
      if (known && faults.stuck) continue;
      // objects are never changed in place
      const hash = known?.template === template ? known.currentHash : templateHash(template);
      const memory = known ?? firstOf(hash, nowMs);
      memory.template = template;
      memories.set(key, memory);
      keepReplicaSet(cluster, rollout, hash);
      if (hash !== memory.currentHash) startOver(memory, hash, nowMs);
      else obey(memory, rollout, nowMs);
      for (let round = 0; round < ROUNDS && reconcile(memory, rollout, nowMs); round += 1);
      if (faults.stores) heal(memory, rollout, nowMs);
      scale(memory, rollout, nowMs);
      const status = statusOf(memory, rollout);
      if (JSON.stringify(status) !== JSON.stringify(rollout.status)) cluster.write('rollouts', { ...rollout, status });
    }
    analyses.act(nowMs);
  }

  function startOver(memory: Memory, hash: string, nowMs: number): void {
    for (const run of Object.values(memory.runs)) analyses.end(run);
    const goesBack = hash === memory.stableHash;
    Object.assign(memory, {
      state: { ...NEW_ROLLOUT, weight: memory.state.weight, promoted: goesBack },
      currentHash: hash,
      canarySinceMs: nowMs,
      abortedMs: undefined,
      runs: {},
    });
  }

  /** `promote`, `promote --full` and `abort` are patches of the status. */
  function obey(memory: Memory, { status = {} }: KubeObject, nowMs: number): void {
    const told = status as { abort?: boolean; pauseConditions?: unknown; promoteFull?: boolean };
    const { state } = memory;
    const [pause] = state.pauses;
    const waited =
      pause !== undefined && nowMs - pause.startedMs > (faults.impatientAfterMs ?? Number.POSITIVE_INFINITY);
    const promoted = state.pauses.length > 0 && told.pauseConditions === undefined && !faults.deafToPromote;
    if (promoted || waited) memory.state = { ...state, pauses: [] };
    if (told.abort && !state.aborted && !state.promoted) memory.state = { ...memory.state, aborted: true };
  }

  /** @returns whether it has to be looked at again */
  function reconcile(memory: Memory, rollout: KubeObject, nowMs: number): boolean {
    const isThere = nowMs - memory.canarySinceMs >= POD_STARTS_MS;
    const { stepRun, backgroundRun } = memory.state;
    const stepPhase = stepRun ? analyses.phase(memory.runs.step) : undefined;
    const backgroundPhase = backgroundRun ? analyses.phase(memory.runs.background) : undefined;
    const next = reconcileRollout(readRolloutPlan(rollout), memory.state, {
      ...{ nowMs, canaryAvailable: isThere, canaryAtDesired: isThere, canaryComplete: isThere, stableSuffices: true },
      ...(stepPhase ? { stepPhase } : {}),
      ...(backgroundPhase ? { backgroundPhase } : {}),
    });
    for (const effect of next.effects) {
      if (effect.kind === 'set-weight') writeWeight(rollout, faults.writes?.(effect.weight) ?? effect.weight, nowMs);
      else if (effect.kind === 'end-analysis') analyses.end(memory.runs[effect.of]);
      else {
        memory.count += 1;
        const run = `${rollout.metadata.name}-${memory.currentHash}-${memory.count}-${effect.of}`;
        memory.runs[effect.of] = analyses.start(run, rollout, effect.of, memory.state.stepIndex, nowMs);
      }
    }
    if (next.state.aborted && memory.abortedMs === undefined) {
      memory.abortedMs = nowMs;
      memory.abortedBecause = analyses.reason(Object.values(memory.runs));
    }
    if (next.state.promoted) memory.stableHash = memory.currentHash;
    const changed = JSON.stringify(next.state) !== JSON.stringify(memory.state);
    memory.state = { ...next.state, weight: applied(next.effects, memory.state.weight) };
    return changed;
  }

  /** Looks at its VirtualService again and again, as the real one does whenever that changes. */
  function heal({ state }: Memory, rollout: KubeObject, nowMs: number): void {
    for (const { route, http } of due.filter(({ atMs }) => atMs <= nowMs)) {
      const { namespace = '', name } = route.metadata;
      const live = cluster.read('virtualservices', namespace, name) ?? route;
      cluster.write('virtualservices', { ...live, spec: { ...live.spec, http } });
    }
    due.splice(0, due.length, ...due.filter(({ atMs }) => atMs > nowMs));
    const declared = readCanary(rollout);
    const route = cluster.read('virtualservices', declared.ref.namespace, declared.virtualService);
    if (route && canaryWeight(route, declared) !== state.weight) writeWeight(rollout, state.weight, nowMs);
  }

  function writeWeight(rollout: KubeObject, weight: number, nowMs: number): void {
    const declared = readCanary(rollout);
    const route = cluster.read('virtualservices', declared.ref.namespace, declared.virtualService);
    if (!route) return;
    const http = (route.spec as { http: object[] }).http.map((entry, i) => ({
      ...entry,
      route: (weightedRoutes(route)[i] ?? []).map((one) => ({
        ...one,
        weight: isCanaryRoute(one, declared) ? weight : 100 - weight,
      })),
    }));
    const asked = { ...route, spec: { ...route.spec, http } };
    const answer = faults.stores?.(route, asked, nowMs);
    if (answer?.later?.restore !== undefined)
      due.push({ atMs: nowMs + answer.later.afterMs, route, http: answer.later.restore });
    cluster.write('virtualservices', { ...route, spec: { ...route.spec, http: answer?.routes ?? http } });
  }

  function scale(memory: Memory, rollout: KubeObject, nowMs: number): void {
    const { replicas = 1 } = rollout.spec as { replicas?: number };
    const { abortedMs, stableHash, currentHash } = memory;
    const isGone = abortedMs !== undefined && nowMs - abortedMs > ABORT_SCALE_DOWN_MS && !faults.keepsCanaryPods;
    for (const { metadata } of cluster.all('replicasets')) {
      if (metadata.namespace !== rollout.metadata.namespace) continue;
      const hash = metadata.name.slice(rollout.metadata.name.length + 1);
      const canaries = faults.canaryPods?.({ replicas, ...canaryNow(memory, rollout) }) ?? replicas;
      const wanted = hash === stableHash ? replicas : hash === currentHash && !isGone ? canaries : 0;
      keepPods(cluster, rollout, hash, wanted);
    }
  }

  function canaryNow({ state }: Memory, rollout: KubeObject): Omit<CanaryPodsAsked, 'replicas'> {
    const begun = readCanary(rollout).steps.slice(0, state.stepIndex + 1);
    const weight = begun.findLast(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 0;
    const scale = begun.findLast(({ setCanaryScale }) => setCanaryScale !== undefined)?.setCanaryScale;
    return { weight, scale: scale?.matchTrafficWeight ? undefined : scale };
  }

  function statusOf({ state, stableHash, currentHash, ...memory }: Memory, rollout: KubeObject) {
    const isSettled = stableHash === currentHash;
    const isPaused = state.pauses.length > 0;
    const phase = isSettled ? 'Healthy' : state.aborted ? 'Degraded' : isPaused ? 'Paused' : 'Progressing';
    const stable = podsOfHash(cluster, rollout.metadata.namespace ?? '', stableHash).length;
    return {
      phase,
      ...(state.aborted ? { abort: true, message: `RolloutAborted: ${memory.abortedBecause}` } : {}),
      ...(isSettled ? {} : { currentStepIndex: state.stepIndex }),
      ...(isPaused
        ? {
            pauseConditions: state.pauses.map(({ reason, startedMs }) => ({ reason, startTime: startedMs })),
            controllerPause: true,
            message: state.pauses[0]?.reason,
          }
        : {}),
      ...{ stableRS: stableHash, currentPodHash: currentHash, replicas: stable, availableReplicas: stable },
      observedGeneration: String(rollout.metadata.generation ?? 0),
      canary: { weights: { canary: { weight: state.weight }, stable: { weight: 100 - state.weight } } },
    };
  }

  return { act };
}

const applied = (effects: ReturnType<typeof reconcileRollout>['effects'], before: number): number =>
  effects.reduce((weight, effect) => (effect.kind === 'set-weight' ? effect.weight : weight), before);

/** The first template is stable at once. */
const firstOf = (hash: string, nowMs: number): Memory => ({
  state: { ...NEW_ROLLOUT, promoted: true },
  stableHash: hash,
  currentHash: hash,
  canarySinceMs: nowMs,
  abortedMs: undefined,
  abortedBecause: '',
  runs: {},
  count: 0,
});
