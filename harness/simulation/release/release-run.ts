/**
 * One simulated release: scrapes, measurements and the controller in the order of time, over the oracle's machines.
 * The same run of the same seed sees the same traffic under every policy until it is aborted.
 */
import type { Cause } from '../../../reports/model/simulation-report.ts';
import { NEW_ROLLOUT, promoteRollout, type RolloutState, reconcileRollout } from '../../oracle/rollout-machine.ts';
import { AnalysisProgress, type Observer } from '../analysis-progress.ts';
import { PURPOSE } from '../counter-random.ts';
import type { RecordedTraffic } from '../recorded-traffic.ts';
import { type SharedParts, TARGET } from './shared-parts.ts';
import { type ExposedUsers, exposedUsers, type UserPopulation, WeightTimes } from './users-exposed.ts';

export interface Release {
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
  readonly canaryRequests: number;
  readonly badAnswers: number;
  /** Undefined where nobody said how many users there are. */
  readonly users: ExposedUsers | undefined;
}

/** Nothing that a Rollout waits for in a simulation takes this long. */
const HORIZON_MS = 7 * 24 * 3_600_000;
const NEVER = Number.POSITIVE_INFINITY;

/** Sees every weight that the controller orders, 0 to 1. */
export type WeightObserver = (atMs: number, share: number) => void;

export class ReleaseRun {
  readonly #shared: SharedParts;
  readonly #run: number;
  readonly #observe: Observer | undefined;
  readonly #orderedTo: WeightObserver | undefined;
  readonly #startMs: number;
  readonly #podReadyMs: number;
  #state: RolloutState = NEW_ROLLOUT;
  #background: AnalysisProgress | undefined;
  #step: AnalysisProgress | undefined;
  /** Share that the proxies send, and the order on its way to them. */
  #share = 0;
  /** When the canary first had the weight from which it is bad. */
  #faultMs: number | undefined;
  #ordered: readonly { readonly atMs: number; readonly share: number }[] = [];
  #trafficMs: number;
  #reconcileAtMs: number;
  #approveAtMs = NEVER;
  #canaryScrapeMs: number;
  #stableScrapeMs: number;
  readonly #scrapes = { canary: 0, stable: 0 };
  readonly #users: UserPopulation | undefined;
  readonly #weightTimes: WeightTimes | undefined;

  constructor(
    shared: SharedParts,
    run: number,
    observe: Observer | undefined,
    ordered: WeightObserver | undefined,
    users: UserPopulation | undefined,
  ) {
    this.#users = users;
    this.#weightTimes = users && new WeightTimes();
    this.#shared = shared;
    this.#run = run;
    this.#observe = observe;
    this.#orderedTo = ordered;
    const { scenario, compiled, random, seed } = shared;
    const phaseOf = (target: number) => {
      random.seek(seed, run, target, 0, PURPOSE.phase);
      return random.uniform() * scenario.scrapeIntervalMs;
    };
    this.#startMs = scenario.startMs ?? 0;
    this.#podReadyMs = this.#startMs + scenario.podReadyMs;
    this.#reconcileAtMs = this.#startMs;
    this.#canaryScrapeMs = this.#podReadyMs + (scenario.scrapePhaseMs ?? phaseOf(TARGET.canary));
    // the stable version has been scraped for as long as any query looks back
    const history = Math.ceil(compiled.reachMs / scenario.scrapeIntervalMs) + 2;
    this.#trafficMs = this.#startMs;
    this.#stableScrapeMs = NEVER;
    for (const metric of compiled.metrics) metric.query.clear();
    for (const arm of [compiled.model.canary, compiled.model.stable]) arm.target.clear();
    shared.canary.clear();
    shared.stable.clear();
    shared.recorded?.begin(run);
    if (!compiled.readsStable) return;
    this.#trafficMs = this.#startMs - history * scenario.scrapeIntervalMs;
    this.#stableScrapeMs = this.#trafficMs + phaseOf(TARGET.stable);
  }

  whole(): Release {
    for (;;) {
      const nowMs = this.#nextMs();
      if (nowMs > this.#startMs + HORIZON_MS) return this.#release('stuck', this.#trafficMs, undefined);
      this.#trafficUntil(nowMs);
      if (nowMs >= this.#canaryScrapeMs) this.#scrape('canary', nowMs);
      if (nowMs >= this.#stableScrapeMs) this.#scrape('stable', nowMs);
      for (const order of this.#ordered) if (nowMs >= order.atMs) this.#share = order.share;
      if (this.#share >= this.#shared.faultWeight) this.#faultMs ??= nowMs;
      this.#ordered = this.#ordered.filter(({ atMs }) => atMs > nowMs);
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
    if (next === NEVER) return NEVER;
    next = Math.min(next, this.#canaryScrapeMs, this.#stableScrapeMs);
    for (const { atMs } of this.#ordered) next = Math.min(next, atMs);
    for (const edge of this.#shared.faultEdgesMs)
      if (this.#startMs + edge > this.#trafficMs) next = Math.min(next, this.#startMs + edge);
    return next;
  }

  /** Expected requests since the last event: shares and weights were constant. */
  #trafficUntil(nowMs: number): void {
    const { scenario, canary, stable, compiled, recorded } = this.#shared;
    this.#weightTimes?.add(this.#share, nowMs - this.#trafficMs);
    if (recorded) {
      this.#recordedUntil(recorded, nowMs);
      return;
    }
    const requests = (scenario.ratePerSecond * (nowMs - this.#trafficMs)) / 1000;
    if (requests > 0 && this.#share > 0)
      canary.expect(requests * this.#share, this.#errorShareWithin(this.#trafficMs, nowMs));
    if (requests > 0 && compiled.readsStable) stable.expect(requests * (1 - this.#share), scenario.stable.errorShare);
    this.#trafficMs = nowMs;
  }

  #recordedUntil(recorded: RecordedTraffic, nowMs: number): void {
    const { scenario, canary, stable, compiled, random } = this.#shared;
    const share = this.#share;
    const zeroMs = this.#startMs;
    recorded.within(random, this.#trafficMs - zeroMs, nowMs - zeroMs, (requests, errors, part, fromMs, toMs) => {
      const errorShare = this.#errorShareWithin(fromMs + zeroMs, toMs + zeroMs);
      if (share > 0) canary.take({ requests, errors, part: part * share, errorShare });
      if (compiled.readsStable && share < 1)
        stable.take({ requests, errors, part: part * (1 - share), errorShare: scenario.stable.errorShare });
    });
    this.#trafficMs = nowMs;
  }

  /** Mean over a time without an edge of the fault. */
  #errorShareWithin(fromMs: number, toMs: number): number {
    const { errorShare, fault } = this.#shared.scenario.canary;
    if (!fault || this.#share < (fault.fromWeight ?? 0)) return errorShare;
    const beginsMs = fault.fromMs ?? 0;
    const sinceMs = fromMs - this.#startMs;
    if (sinceMs < beginsMs || sinceMs >= (fault.untilMs ?? NEVER)) return errorShare;
    const middleMs = (fromMs + toMs) / 2 - this.#startMs;
    const grown = fault.growsForMs === undefined ? 1 : Math.min(1, (middleMs - beginsMs) / fault.growsForMs);
    return errorShare + ((fault.errorShare - errorShare) * grown) / (fault.pods ?? 1);
  }

  #scrape(arm: 'canary' | 'stable', nowMs: number): void {
    const { random, seed, compiled, scenario, failedScrapes } = this.#shared;
    const { target } = compiled.model[arm];
    this.#shared[arm].draw(random, seed, this.#run);
    const key = { run: this.#run, target: TARGET[arm], scrape: this.#scrapes[arm] };
    this.#scrapes[arm] += 1;
    const fate = failedScrapes.fateOf(arm, key, nowMs - this.#startMs);
    if (fate === 'good') target.scrape(nowMs);
    if (fate === 'failed') target.fail(nowMs);
    if (arm === 'canary') this.#canaryScrapeMs += scenario.scrapeIntervalMs;
    else this.#stableScrapeMs += scenario.scrapeIntervalMs;
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
    const { compiled, features, scenario, failedScrapes } = this.#shared;
    if (effect.kind === 'set-weight') {
      this.#orderedTo?.(nowMs - this.#startMs, effect.weight / 100);
      this.#ordered = [...this.#ordered, { atMs: nowMs + scenario.weightDelayMs, share: effect.weight / 100 }];
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
    const { scenario, canary, compiled, random, seed } = this.#shared;
    const { good, bad } = compiled.model.canary;
    // until the proxies know that the weight is 0 again
    if (outcome === 'aborted' && this.#share > 0) this.#trafficUntil(nowMs + scenario.weightDelayMs);
    canary.draw(random, seed, this.#run);
    const faultMs = Math.max(this.#faultMs ?? 0, this.#startMs + (scenario.canary.fault?.fromMs ?? 0));
    return {
      outcome,
      verdict: decider?.phase as Release['verdict'],
      cause: decider?.cause,
      reason: decider?.reason ?? '',
      durationMs: nowMs - this.#startMs,
      sinceFaultMs: nowMs - faultMs,
      weight: this.#share,
      canaryRequests: good.total + bad.total,
      badAnswers: bad.total,
      users:
        this.#users &&
        this.#weightTimes &&
        exposedUsers(this.#users, this.#weightTimes, this.#trafficMs - this.#startMs),
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
