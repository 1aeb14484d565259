/**
 * One trial of a rollback limit: a copy of the application, load at its ingress, a canary whose faults are known to the
 * request, and the end that Argo Rollouts comes to. Nothing is judged here; trial-verdict.ts does.
 */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { HarnessError } from '../../errors/harness-error.ts';
import type { ProxyRoutes } from '../../rollouts/layers/proxy-routes.ts';
import { type LayersRead, openRolloutLayers, type RolloutLayers } from '../../rollouts/layers/rollout-layers.ts';
import type { RolloutEnd } from '../../rollouts/rollout-end.ts';
import { ended } from '../../rollouts/rollout-end.ts';
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import type { RolloutWatch, SeenRun } from '../../rollouts/rollout-watch.ts';
import { environmentKeeps, subjectKeeps, type Wait } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { sayWaiting } from '../../stage/say-waiting.ts';
import { CANARY_VERSION, openStage, STABLE_VERSION, type Stage, stageNamespace } from '../../stage/stage.ts';
import { type RunningLoad, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { createRolloutStream, type RolloutStream } from '../../traffic/recorded-stream.ts';
import { firstUnhealthy, type UnhealthyInterval } from '../../verdict/environment-health.ts';
import type { Trial } from './declaration.ts';
import { type RollbackPolicy, STOPS_AFTER_MS, trafficOf, trialSteps, withForm } from './rollback-policy.ts';
import { watchSpoiling } from './spoiled.ts';
import { decidableLevel, type InjectedLevel } from './threshold-margin.ts';
import type { TrialPlace } from './trial-batch.ts';
import { behaviourOf, holdFault } from './trial-fault.ts';

export interface TrialRecord {
  readonly policy: RollbackPolicy;
  readonly trial: Trial;
  readonly namespace: string;
  readonly end: RolloutEnd;
  /** What the controller said at the end. */
  readonly message: string;
  readonly level: InjectedLevel | undefined;
  /** When the fault began, the new version when it is there from its first request on; Unix milliseconds. */
  readonly faultMs: number;
  /** How long it lasted, where it was switched off again. */
  readonly heldMs: number | undefined;
  /** Of the environment, while a fault that was switched off again could be measured. */
  readonly stall?: UnhealthyInterval | undefined;
  readonly abortedMs: number | undefined;
  readonly runs: readonly SeenRun[];
  readonly stream: RolloutStream;
  readonly books: BooksReport | undefined;
  /** Who is to blame where the trial is red. */
  readonly layers?: LayersRead;
}

/** Clients must be on record before anything moves. */
const BASELINE_MS = 2_000;
/** A canary that has said nothing for so long is out. */
const SILENT_MS = 2_000;
const SILENCE_LIMIT_MS = 60_000;
/** A measurement is asked for every few seconds. */
const AFTER_MEASUREMENT_MS = 10_000;
const POLL_MS = 100;
/** A canary that starts keeps those beside it waiting no longer. */
const TURN_MS = 20_000;

/**
 * @throws PromiseNotKept with what clients got; HarnessError of the stage, the load and the environment's waits; usage
 *   errors of levels that the traffic cannot resolve
 */
export async function runTrial(
  policy: RollbackPolicy,
  trial: Trial,
  scene: Scene,
  place: TrialPlace & {
    readonly suffix: string;
    readonly routes: Pick<ProxyRoutes, 'routes'>;
    readonly say: (text: string) => void;
  },
): Promise<TrialRecord> {
  const { claim } = policy;
  const level =
    trial.fault.kind === 'level' && trial.side !== 'special'
      ? decidableLevel(claim.limit.share, trial.side, trafficOf(policy, trial))
      : undefined;
  const givenUp = new AbortController();
  const own = { ...scene, signal: AbortSignal.any([scene.signal, givenUp.signal]) };
  await using stage = await openStage(
    {
      source: claim.rollout,
      namespace: trialNamespace(scene.profile.name, trial, place.suffix),
      replicas: 1,
      path: claim.path,
      plan: () => trialSteps(policy, trial),
      template: (template) => withForm(template, claim.metric, trial.condition),
    },
    own,
  );
  place.say('waits for the copies of the trials beside it');
  await place.everyoneReady();
  scene.signal.throwIfAborted();
  const load = trial.traffic === 'none' ? undefined : await startLoad(stage, policy, trial, own);
  try {
    await using _ = watchSpoiling(stage.namespace, load?.stream, scene, (error) => givenUp.abort(error));
    const { watch, rollout, host, versions } = stage;
    await using layers = await openRolloutLayers(
      { watch, rollout, hosts: [host], versions, routes: place.routes },
      own,
    );
    return await layers.under(loadsOf(load), () =>
      followTrial(stage, load, { policy, trial, level, layers }, { ...own, ...place }),
    );
  } finally {
    // after a failure nobody has stopped it; its own error matters less
    await load?.stop().catch(() => undefined);
  }
}

const loadsOf = (load: RunningLoad | undefined) => (load ? [{ path: 'ingress' as const, load }] : []);

/** Of the copy of one trial. */
export const trialNamespace = (profile: string, { name }: Pick<Trial, 'name'>, suffix = ''): string =>
  stageNamespace(`${profile}-${name}${suffix}`);

async function followTrial(
  stage: Stage,
  load: RunningLoad | undefined,
  {
    policy,
    trial,
    level,
    layers,
  }: Pick<TrialRecord, 'policy' | 'trial' | 'level'> & { readonly layers: RolloutLayers },
  scene: Scene & TrialPlace & { readonly say: (text: string) => void },
): Promise<TrialRecord> {
  const { watch } = stage;
  const { now, say } = scene;
  const until = (met: (seen: RolloutWatch) => boolean, wait: Wait) =>
    sayWaiting({ what: wait.what, stream: load?.stream, now, say }, () => watch.until(met, wait));
  const settledHash = rolloutStatus(watch.rollout).stableHash;
  const hasWeight = (seen: RolloutWatch) =>
    (seen.weights.at(-1)?.weight ?? 0) > 0 || ended(seen, settledHash) !== undefined;
  say('waits for its turn to start a canary');
  let faultMs = scene.now();
  await scene.inTurn(async () => {
    faultMs = scene.now();
    await stage.release(CANARY_VERSION, behaviourOf(policy, trial, level));
    await watch.until(hasWeight, environmentKeeps({ what: 'its turn', timeoutMs: TURN_MS })).catch(unlessTimeIsUp);
  });
  await until(
    hasWeight,
    subjectKeeps({
      what: `${stage.namespace}: the canary to get its weight`,
      timeoutMs: scene.profile.budgets.podsReadyMs,
      needsPodsOf: stage.namespace,
    }),
  );
  if (trial.traffic === 'stops') {
    await scene.pause(STOPS_AFTER_MS);
    await load?.stop();
  }
  let heldMs: number | undefined;
  if (trial.fault.kind === 'hold' || trial.fault.kind === 'burst') {
    const held = await holdFault(stage, policy, trial, scene);
    faultMs = held.onMs;
    heldMs = held.offMs - held.onMs;
  }
  await until(
    (seen) => ended(seen, settledHash) !== undefined,
    subjectKeeps({
      what: `${stage.namespace}: the rollout to end`,
      timeoutMs: scene.profile.budgets.rolloutEndsMs,
      needsPodsOf: stage.namespace,
    }),
  );
  const end = ended(watch, settledHash) ?? 'paused';
  // a query reaches back, and looks at what was scraped last
  const seenMs = policy.reachMs + policy.scrapeIntervalMs + AFTER_MEASUREMENT_MS;
  const stall =
    heldMs === undefined ? undefined : firstUnhealthy(faultMs, faultMs + heldMs + seenMs, scene.environment);
  const abortedMs = watch.statuses.find(({ status }) => status.abort)?.atMs;
  if (end === 'aborted') {
    await until(
      (seen) => seen.weights.at(-1)?.weight === 0,
      subjectKeeps({
        what: `${stage.namespace}: the weight to go back to 0`,
        timeoutMs: scene.profile.budgets.routesAppliedMs,
      }),
    );
    if (load && trial.traffic === 'steady') await canarySilent(load, scene);
  }
  const result = await load?.stop();
  return {
    policy,
    trial,
    namespace: stage.namespace,
    end,
    message: rolloutStatus(watch.rollout).message,
    level,
    faultMs,
    heldMs,
    stall,
    abortedMs,
    runs: [...watch.runs.values()],
    stream: result?.stream ?? createRolloutStream(),
    books: result?.books,
    layers: layers.blame(loadsOf(load)),
  };
}

/** The others need not wait any longer for a canary that does not come; whose fault that is is judged after. */
function unlessTimeIsUp(error: unknown): void {
  if (!(error instanceof HarnessError) || error.code !== 'WAIT_TIMEOUT') throw error;
}

async function startLoad(stage: Stage, policy: RollbackPolicy, trial: Trial, scene: Scene): Promise<RunningLoad> {
  const { claim } = policy;
  const id = stage.namespace;
  const limitMs = scene.profile.budgets.rolloutEndsMs + 2 * scene.profile.budgets.podsReadyMs;
  const placed = await stage.placeLoad(id, claim.path, trial.ratePerSecond, limitMs);
  const load = startRolloutLoad(
    {
      id,
      title: `${claim.id}: ${trial.name}`,
      placed,
      service: claim.service,
      versions: [STABLE_VERSION, CANARY_VERSION],
    },
    scene,
  );
  await load.answered;
  await scene.pause(BASELINE_MS);
  return load;
}

async function canarySilent(load: RunningLoad, scene: Scene): Promise<void> {
  const deadline = scene.now() + SILENCE_LIMIT_MS;
  let looked = load.stream.length;
  let lastMs = scene.now();
  while (scene.now() < deadline && scene.now() - lastMs < SILENT_MS) {
    scene.signal.throwIfAborted();
    await scene.pause(POLL_MS);
    for (; looked < load.stream.length; looked += 1) {
      const entry = load.stream.at(looked);
      if (entry.version === CANARY_VERSION) lastMs = Math.max(lastMs, entry.startMs);
    }
  }
}
