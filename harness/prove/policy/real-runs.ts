/** Real releases of the policy, side by side in copies of their own, with errors that the canary draws at random. */
import type { AnalysisReport } from '../../../reports/model/rollout-report.ts';
import { runBatch, type TrialPlace } from '../../claims/rollback-threshold/trial-batch.ts';
import { usageError } from '../../errors/harness-error.ts';
import { replayAnalysis } from '../../rollouts/replay-analysis.ts';
import { ended } from '../../rollouts/rollout-end.ts';
import { readRollout, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { type ManifestValue, readPolicy } from '../../simulation/policy.ts';
import { CANARY_VERSION, openStage, STABLE_VERSION, type Stage } from '../../stage/stage.ts';
import { stillCluster } from '../../stage/still-cluster.ts';
import { startRolloutLoad } from '../../traffic/recorded-load.ts';
import { type Journal, missingRuns, type RealRun } from './journal.ts';
import { decisive, trialPlan } from './trial-policy.ts';

export interface RealRunsAsk {
  readonly journal: Journal;
  readonly rollout: { readonly name: string; readonly namespace: string };
  /** As the prediction was made of it: `decisive`. */
  readonly policy: string;
  readonly ratePerSecond: number;
  readonly sideBySide: number;
  readonly told: (line: string) => void;
}

const BASELINE_MS = 2000;
/** Of the namespace: short enough for a DNS label. */
const nameOf = ({ level, number }: { readonly level: number; readonly number: number }) => `policy-${level}-${number}`;

/** Goes on with what is missing; each run is in the journal when it has ended, and an interruption loses those under way. */
export async function makeRuns(scene: Scene, ask: RealRunsAsk): Promise<void> {
  const missing = missingRuns(ask.journal);
  for (let first = 0; first < missing.length; first += ask.sideBySide) {
    scene.signal.throwIfAborted();
    await stillCluster(scene);
    const batch = missing.slice(first, first + ask.sideBySide);
    const runs = runBatch(batch.map((one) => (place: TrialPlace) => realRun(scene, ask, one, place)));
    const settled = await Promise.allSettled(
      runs.map(async (run) => {
        const done = await run;
        await ask.journal.add(done);
        ask.told(
          `${nameOf(done)}: ${done.outcome} after ${done.measurements} measurements${done.void ? `, void: ${done.void}` : ''}`,
        );
      }),
    );
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

async function realRun(
  scene: Scene,
  ask: RealRunsAsk,
  one: { readonly level: number; readonly number: number },
  place: TrialPlace,
): Promise<RealRun> {
  const { errorShare } = ask.journal.prediction.levels[one.level]!;
  const namespace = nameOf(one);
  await using stage = await openStage(
    {
      source: ask.rollout,
      namespace,
      replicas: 1,
      plan: ({ steps }) => trialPlan({ spec: { strategy: { canary: { steps } } } } as unknown as ManifestValue),
    },
    scene,
  );
  requireSamePolicy(stage, ask.policy);
  await place.everyoneReady();
  const { watch } = stage;
  const limitMs = scene.profile.budgets.rolloutEndsMs + 2 * scene.profile.budgets.podsReadyMs;
  const placed = await stage.placeLoad(namespace, '/', ask.ratePerSecond, limitMs);
  const load = startRolloutLoad(
    {
      ...{ id: namespace, title: `real release ${namespace}`, placed, service: ask.rollout.name },
      versions: [STABLE_VERSION, CANARY_VERSION],
    },
    scene,
  );
  try {
    await load.answered;
    await scene.pause(BASELINE_MS);
    const settledHash = rolloutStatus(watch.rollout).stableHash;
    const seed = one.level * 1000 + one.number + 1;
    await place.inTurn(() => stage.release(CANARY_VERSION, { errorShare, mode: 'random', seed }));
    await watch.until(
      (seen) => ended(seen, settledHash) !== undefined,
      subjectKeeps({
        what: `${namespace}: the rollout to end`,
        timeoutMs: scene.profile.budgets.rolloutEndsMs,
        needsPodsOf: namespace,
      }),
    );
    const outcome = ended(watch, settledHash) ?? 'stuck';
    const { books } = await load.stop();
    const seenRuns = [...watch.runs.values()];
    const analyses = await Promise.all(seenRuns.map(({ object }) => replayAnalysis(object, namespace, scene)));
    const measurements = analyses.flat().flatMap((analysis: AnalysisReport) => analysis.measurements);
    return {
      ...one,
      at: new Date(scene.now()).toISOString(),
      outcome,
      measuredMs: measurements.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
      measurements: measurements.length,
      replayed: measurements.filter(({ agrees }) => agrees === true).length,
      // decided by the load alone, before anybody looks at the outcome
      ...(books.outcome === 'invalid' ? { void: books.problems.join('; ') } : {}),
    };
  } finally {
    await load.stop().catch(() => undefined);
  }
}

/** Where two texts part, with what stands around it. */
function differenceIn(wanted: string, found: string): string {
  const parts = [...wanted].findIndex((letter, index) => letter !== found[index]);
  const at = Math.max(0, (parts < 0 ? wanted.length : parts) - 60);
  return `Predicted: … ${wanted.slice(at, at + 200)} … Found: … ${found.slice(at, at + 200)} …`;
}

/** The copy must ask what was simulated. @throws HarnessError PROVE_POLICY_OTHER */
function requireSamePolicy({ objects, namespace, rollout }: Stage, wanted: string): void {
  const copy = objects.find(({ kind, metadata }) => kind === 'Rollout' && metadata.name === rollout.ref.name)!;
  const templates = objects.filter(({ kind }) => kind === 'AnalysisTemplate');
  const policy = readPolicy(copy as never, templates as never, namespace);
  const found = decisive(policy, copy as never, namespace);
  if (found === wanted && readRollout(copy).steps.length > 0) return;
  throw usageError('PROVE_POLICY_OTHER', 'the copy on the cluster has another policy than the prediction', {
    where: `Rollout ${namespace}/${rollout.ref.name}`,
    hint: differenceIn(wanted, found),
  });
}
