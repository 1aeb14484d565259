/**
 * The canary steps of Argo Rollouts as a pure machine: one reconciliation after the other, every time and every fact
 * given by the caller (argo-rollouts rollout/: reconcileTrafficRouting, reconcileAnalysisRuns, reconcileCanaryPause,
 * syncRolloutStatusCanary, in this order).
 *
 * The order matters: the weight is set from the status as it was before, so that an abort decided now moves traffic only
 * at the next reconciliation. Argo reconciles again at once when the status has changed, and at `nextAtMs`.
 */
import { type AnalysisPhase, isCompleted } from './analysis-types.ts';
import type { PlanStep, RolloutPlan } from './rollout-plan.ts';

type PauseReason = 'CanaryPauseStep' | 'InconclusiveAnalysisRun';

export interface RolloutState {
  /** Equal to the number of steps when all are done. */
  readonly stepIndex: number;
  /** Canary weight last written, in per cent. */
  readonly weight: number;
  readonly aborted: boolean;
  /** Whole seconds. */
  readonly pauses: readonly { readonly reason: PauseReason; readonly startedMs: number }[];
  readonly controllerPause: boolean;
  /** Whether there is an AnalysisRun of the current step, and of the background. */
  readonly stepRun: boolean;
  readonly backgroundRun: boolean;
  /** The canary has become the stable version. */
  readonly promoted: boolean;
}

/** At the moment when the pod template has changed. */
export const NEW_ROLLOUT: RolloutState = {
  stepIndex: 0,
  weight: 0,
  aborted: false,
  pauses: [],
  controllerPause: false,
  stepRun: false,
  backgroundRun: false,
  promoted: false,
};

export interface RolloutFacts {
  readonly nowMs: number;
  /** Any canary pod available; and: as many as the current step asks for; and: all replicas. */
  readonly canaryAvailable: boolean;
  readonly canaryAtDesired: boolean;
  readonly canaryComplete: boolean;
  /** Stable pods suffice for the rest of the traffic; without, the weight stays as it is. */
  readonly stableSuffices: boolean;
  /** Phases of the runs that exist. */
  readonly stepPhase?: AnalysisPhase;
  readonly backgroundPhase?: AnalysisPhase;
}

export type RolloutEffect =
  | { readonly kind: 'start-analysis' | 'end-analysis'; readonly of: 'step' | 'background' }
  | { readonly kind: 'set-weight'; readonly weight: number };

export interface RolloutReconciliation {
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
  readonly nextAtMs: number | undefined;
}

export function reconcileRollout(plan: RolloutPlan, state: RolloutState, facts: RolloutFacts): RolloutReconciliation {
  const effects: RolloutEffect[] = [];
  const weight = facts.stableSuffices ? desiredWeight(plan, state, facts) : state.weight;
  if (weight !== state.weight) effects.push({ kind: 'set-weight', weight });
  const analysed = reconcileAnalyses(plan, { ...state, weight }, facts, effects);
  // A pause that an analysis just asked for ends the reconciliation here.
  const paused = analysed.addPause ? analysed.state : withStepPause(plan, analysed.state, facts);
  return { ...advance(plan, paused, facts, analysed), effects };
}

function desiredWeight({ steps }: RolloutPlan, state: RolloutState, facts: RolloutFacts): number {
  // Fully promoted: the stable hash is the canary's own, and all traffic goes to "stable".
  if (state.promoted || state.aborted || !facts.canaryAvailable) return 0;
  if (!facts.canaryAtDesired) return weightBefore(steps, state.stepIndex - 1);
  return state.stepIndex >= steps.length ? 100 : weightBefore(steps, state.stepIndex);
}

/** Of the last setWeight up to this step; 0 without one. */
function weightBefore(steps: readonly PlanStep[], index: number): number {
  const step = steps.slice(0, index + 1).findLast(({ kind }) => kind === 'setWeight');
  return step?.kind === 'setWeight' ? step.weight : 0;
}

interface Analysed {
  readonly state: RolloutState;
  readonly addPause: boolean;
  readonly addAbort: boolean;
}

function reconcileAnalyses(
  plan: RolloutPlan,
  state: RolloutState,
  facts: RolloutFacts,
  effects: RolloutEffect[],
): Analysed {
  if (state.aborted) return { state: endRuns(state, effects), addPause: false, addAbort: false };
  const verdicts: (AnalysisPhase | undefined)[] = [];
  let next = state;
  const inconclusive = state.pauses.some(({ reason }) => reason === 'InconclusiveAnalysisRun');
  if (state.pauses.length === 0) {
    if (plan.steps[state.stepIndex]?.kind !== 'analysis') {
      if (state.stepRun) effects.push({ kind: 'end-analysis', of: 'step' });
      next = { ...next, stepRun: false };
    } else if (needsNewRun(state, state.stepRun, facts.stepPhase)) {
      effects.push({ kind: 'start-analysis', of: 'step' });
      next = { ...next, stepRun: true };
    } else verdicts.push(facts.stepPhase);
  }
  const { backgroundFrom } = plan;
  if (state.promoted || backgroundFrom === undefined || state.stepIndex < backgroundFrom) {
    if (state.backgroundRun) effects.push({ kind: 'end-analysis', of: 'background' });
    next = { ...next, backgroundRun: false };
  } else if (!inconclusive) {
    if (needsNewRun(state, state.backgroundRun, facts.backgroundPhase)) {
      effects.push({ kind: 'start-analysis', of: 'background' });
      next = { ...next, backgroundRun: true };
    } else verdicts.push(facts.backgroundPhase);
  }
  const addPause = verdicts.includes('Inconclusive') && !inconclusive;
  const addAbort = verdicts.includes('Failed') || verdicts.includes('Error');
  return { state: addPause ? withPause(next, 'InconclusiveAnalysisRun', facts.nowMs) : next, addPause, addAbort };
}

/** A run that was inconclusive is taken again once a human has ended the pause. */
function needsNewRun(state: RolloutState, exists: boolean, phase: AnalysisPhase | undefined): boolean {
  if (!exists) return true;
  const stepPause = state.pauses.some(({ reason }) => reason === 'CanaryPauseStep');
  return state.controllerPause && !stepPause && phase === 'Inconclusive';
}

function endRuns(state: RolloutState, effects: RolloutEffect[]): RolloutState {
  if (state.stepRun) effects.push({ kind: 'end-analysis', of: 'step' });
  if (state.backgroundRun) effects.push({ kind: 'end-analysis', of: 'background' });
  return { ...state, stepRun: false, backgroundRun: false };
}

function withPause(state: RolloutState, reason: PauseReason, nowMs: number): RolloutState {
  const startedMs = Math.floor(nowMs / 1000) * 1000;
  return { ...state, controllerPause: true, pauses: [...state.pauses, { reason, startedMs }] };
}

function withStepPause(plan: RolloutPlan, state: RolloutState, { nowMs }: RolloutFacts): RolloutState {
  const isPauseStep = plan.steps[state.stepIndex]?.kind === 'pause';
  const isPaused = state.pauses.some(({ reason }) => reason === 'CanaryPauseStep');
  if (!isPauseStep || isPaused || state.controllerPause || state.aborted) return state;
  return withPause(state, 'CanaryPauseStep', nowMs);
}

function advance(
  plan: RolloutPlan,
  state: RolloutState,
  facts: RolloutFacts,
  { addAbort, addPause }: Analysed,
): Pick<RolloutReconciliation, 'state' | 'nextAtMs'> {
  if (addAbort || state.aborted)
    return {
      state: { ...state, aborted: true, stepIndex: 0, pauses: [], controllerPause: false },
      nextAtMs: undefined,
    };
  if (state.promoted) return { state, nextAtMs: undefined };
  const before = state.pauses;
  if (state.stepIndex >= plan.steps.length)
    return facts.canaryComplete
      ? { state: { ...state, promoted: true, pauses: [], controllerPause: false }, nextAtMs: undefined }
      : { state, nextAtMs: undefined };
  if (!addPause && isDone(plan.steps[state.stepIndex]!, state, facts)) {
    const pauses = before.filter(({ reason }) => reason !== 'CanaryPauseStep');
    return {
      state: {
        ...state,
        stepIndex: state.stepIndex + 1,
        pauses,
        controllerPause: pauses.length > 0,
        stepRun: false,
      },
      nextAtMs: facts.nowMs,
    };
  }
  // Argo forgets that it paused once no pause is left (a human has ended it).
  const settled = before.length === 0 ? { ...state, controllerPause: false } : state;
  return { state: settled, nextAtMs: pauseEnd(plan, state) };
}

function isDone(step: PlanStep, state: RolloutState, facts: RolloutFacts): boolean {
  switch (step.kind) {
    case 'setWeight':
    case 'setCanaryScale':
      return facts.canaryAtDesired;
    case 'analysis':
      return state.stepRun && isCompleted(facts.stepPhase) && facts.stepPhase === 'Successful';
    case 'pause': {
      const pause = state.pauses.find(({ reason }) => reason === 'CanaryPauseStep');
      if (!pause) return state.controllerPause;
      return step.durationMs !== undefined && facts.nowMs > pause.startedMs + step.durationMs;
    }
  }
}

function pauseEnd(plan: RolloutPlan, state: RolloutState): number | undefined {
  const step = plan.steps[state.stepIndex];
  const pause = state.pauses.find(({ reason }) => reason === 'CanaryPauseStep');
  return step?.kind === 'pause' && step.durationMs !== undefined && pause
    ? pause.startedMs + step.durationMs
    : undefined;
}

/** `kubectl argo rollouts promote`: ends the pauses; a canary that does not pause skips its current step. */
export function promoteRollout(plan: RolloutPlan, state: RolloutState): RolloutState {
  if (state.pauses.length > 0) return { ...state, pauses: [] };
  return { ...state, stepIndex: Math.min(plan.steps.length, state.stepIndex + 1), stepRun: false };
}

/** `kubectl argo rollouts abort`. */
export function abortRollout(state: RolloutState): RolloutState {
  return { ...state, aborted: true };
}
