/**
 * One simulated release: traffic, measurements and the controller in the order of time, over the oracle's machines.
 * The same run of the same seed sees the same traffic under every policy until it is aborted.
 */
import type { Cause } from '../../../reports/model/simulation/release-figures.ts';
import { NEW_ROLLOUT, promoteRollout, type RolloutState, reconcileRollout } from '../../oracle/rollout-machine.ts';
import { AnalysisProgress, type Observer } from '../analysis-progress.ts';
import { ReleaseTraffic, type ServedByCanary } from './release-traffic.ts';
import type { SharedParts } from './shared-parts.ts';
import type { UserPopulation } from './users-exposed.ts';

export interface Release extends ServedByCanary {
  /** `paused`: an inconclusive analysis waits for a human; `stuck`: nothing will ever happen again. */
  readonly outcome: 'promoted' | 'aborted' | 'paused' | 'stuck';
  /** Of the analysis that aborted or paused it. */
  readonly verdict: 'Failed' | 'Error' | 'Inconclusive' | undefined;
  readonly cause: Cause | undefined;
  readonly reason: string;
  /** From the beginning of the release (and of the fault) to the outcome. */
  readonly durationMs: number;
  readonly sinceFaultMs: number;
  /** Share of the traffic, 0 to 1, when it ended. */
  readonly weight: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Sees every weight that the controller orders, 0 to 1. */
export type WeightObserver = (atMs: number, share: number) => void;

export class ReleaseRun {
  readonly #shared: SharedParts;
  readonly #traffic: ReleaseTraffic;
  readonly #observe: Observer | undefined;
  readonly #orderedTo: WeightObserver | undefined;
  readonly #startMs: number;
  readonly #podReadyMs: number;
  #state: RolloutState = NEW_ROLLOUT;
  #background: AnalysisProgress | undefined;
  #step: AnalysisProgress | undefined;
  #reconcileAtMs: number;
  #approveAtMs = NEVER;

  constructor(
    shared: SharedParts,
    run: number,
    observe: Observer | undefined,
    ordered: WeightObserver | undefined,
    users: UserPopulation | undefined,
  ) {
    this.#shared = shared;
    this.#traffic = new ReleaseTraffic(shared, run, users);
    this.#observe = observe;
    this.#orderedTo = ordered;
    const { scenario, compiled } = shared;
    this.#startMs = scenario.startMs ?? 0;
    this.#podReadyMs = this.#startMs + scenario.podReadyMs;
    this.#reconcileAtMs = this.#startMs;
    for (const metric of compiled.metrics) metric.query.clear();
  }

  whole(): Release {
    for (;;) {
      const nowMs = this.#nextMs();
      if (nowMs > this.#startMs + this.#shared.horizonMs)
        return this.#release('stuck', this.#traffic.untilMs, undefined);
      this.#traffic.advance(nowMs);
      this.#analyse(this.#background, nowMs);
      this.#analyse(this.#step, nowMs);
      if (nowMs >= this.#approveAtMs) {
        this.#approveAtMs = NEVER;
        this.#state = promoteRollout(this.#shared.policy.plan, this.#state);
        this.#reconcileAtMs = nowMs;
      }
      if (nowMs < this.#reconcileAtMs) continue;
      const end = this.#reconcile(nowMs);
      if (end) return end;
    }
  }

  #nextMs(): number {
    let next = Math.min(this.#reconcileAtMs, this.#approveAtMs);
    if (this.#background) next = Math.min(next, this.#background.nextAtMs);
    if (this.#step) next = Math.min(next, this.#step.nextAtMs);
    // scrapes and traffic alone decide nothing
    return next === NEVER ? NEVER : Math.min(next, this.#traffic.nextMs());
  }

  #analyse(analysis: AnalysisProgress | undefined, nowMs: number): void {
    if (!analysis || nowMs < analysis.nextAtMs) return;
    analysis.reconcile(nowMs, this.#shared.scenario.queryLatencyMs);
    this.#reconcileAtMs = Math.min(this.#reconcileAtMs, analysis.endedAtMs);
  }

  /** Again and again while the status changes, as the controller does; the outcome, when there is one. */
  #reconcile(nowMs: number): Release | undefined {
    const { plan } = this.#shared.policy;
    const ready = nowMs >= this.#podReadyMs;
    for (;;) {
      const before = this.#state;
      const stepPhase = this.#step?.phaseAt(nowMs);
      const backgroundPhase = this.#background?.phaseAt(nowMs);
      const { state, effects, nextAtMs } = reconcileRollout(plan, before, {
        nowMs,
        canaryAvailable: ready,
        canaryAtDesired: ready,
        canaryComplete: ready,
        stableSuffices: true,
        ...(stepPhase ? { stepPhase } : {}),
        ...(backgroundPhase ? { backgroundPhase } : {}),
      });
      this.#state = state;
      if (state.aborted) return this.#release('aborted', nowMs, this.#decider(stepPhase, ['Failed', 'Error']));
      if (state.promoted) return this.#release('promoted', nowMs, undefined);
      if (state.pauses.some(({ reason }) => reason === 'InconclusiveAnalysisRun'))
        return this.#release('paused', nowMs, this.#decider(stepPhase, ['Inconclusive']));
      for (const effect of effects) this.#apply(effect, nowMs);
      // the run of a step that is over says nothing about the next one
      if (!state.stepRun) this.#step = undefined;
      if (effects.length === 0 && isSame(before, state)) {
        const ends = [this.#step, this.#background].map((one) => one?.endedAtMs ?? NEVER).filter((end) => end > nowMs);
        this.#reconcileAtMs = Math.min(wakeAfter(nextAtMs, nowMs), ready ? NEVER : this.#podReadyMs, ...ends);
        this.#awaitApproval(nowMs);
        return undefined;
      }
    }
  }

  #decider(stepPhase: string | undefined, phases: readonly string[]): AnalysisProgress | undefined {
    return phases.includes(stepPhase ?? '') ? this.#step : this.#background;
  }

  #apply(effect: ReturnType<typeof reconcileRollout>['effects'][number], nowMs: number): void {
    const { compiled, features, failedScrapes } = this.#shared;
    if (effect.kind === 'set-weight') {
      this.#orderedTo?.(nowMs - this.#startMs, effect.weight / 100);
      this.#traffic.order(effect.weight / 100, nowMs);
      return;
    }
    const analysis = effect.of === 'background' ? compiled.background : compiled.steps[this.#state.stepIndex];
    const started =
      effect.kind === 'start-analysis' && analysis
        ? new AnalysisProgress(analysis, nowMs, {
            features,
            observe: this.#observe,
            isAway: (timeMs) => failedScrapes.isPrometheusAway(timeMs - this.#startMs),
          })
        : undefined;
    if (effect.of === 'background') this.#background = started;
    else this.#step = started;
    // measured in the same instant, before the rollout is looked at again
    this.#analyse(started, nowMs);
  }

  #awaitApproval(nowMs: number): void {
    const { plan } = this.#shared.policy;
    const step = plan.steps[this.#state.stepIndex];
    const waits = step?.kind === 'pause' && step.durationMs === undefined && this.#state.pauses.length > 0;
    if (waits && this.#approveAtMs === NEVER) this.#approveAtMs = nowMs + this.#shared.scenario.approvalMs;
  }

  #release(outcome: Release['outcome'], nowMs: number, decider: AnalysisProgress | undefined): Release {
    const traffic = this.#traffic;
    if (outcome === 'aborted') traffic.drain(nowMs);
    return {
      outcome,
      verdict: decider?.phase as Release['verdict'],
      cause: decider?.cause,
      reason: decider?.reason ?? '',
      durationMs: nowMs - this.#startMs,
      sinceFaultMs: nowMs - traffic.faultMs,
      weight: traffic.share,
      ...traffic.served(),
    };
  }
}

function wakeAfter(nextAtMs: number | undefined, nowMs: number): number {
  return nextAtMs === undefined ? NEVER : Math.max(nextAtMs, nowMs + 1);
}

function isSame(a: RolloutState, b: RolloutState): boolean {
  return (
    a.stepIndex === b.stepIndex &&
    a.weight === b.weight &&
    a.pauses.length === b.pauses.length &&
    a.stepRun === b.stepRun &&
    a.backgroundRun === b.backgroundRun &&
    a.controllerPause === b.controllerPause
  );
}
