/**
 * All trials of all rollback limits of a profile, in batches side by side. Trials of different claims do not know of each other, so
 * the first claim that is judged starts them all, and the later ones find their results.
 */
import pLimit from 'p-limit';
import { findingOf } from '../../../reports/model/finding-of.ts';
import type { AnalysisReport, BoundaryReport, HeatMapReport } from '../../../reports/model/rollout-report.ts';
import type { BooksReport, FindingReport } from '../../../reports/model/run-report.ts';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { openGatewayRoutes, type ProxyRoutes } from '../../rollouts/layers/proxy-routes.ts';
import { replayAnalysis } from '../../rollouts/replay-analysis.ts';
import { brokenPromise } from '../../scene/broken-promise.ts';
import { environmentsFault } from '../../scene/environments-fault.ts';
import { PromiseNotKept } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { STABLE_VERSION, stageHost } from '../../stage/stage.ts';
import { stillCluster } from '../../stage/still-cluster.ts';
import { heatMapOf, trackOf } from '../../traffic/latency-bins.ts';
import type { RollbackThresholdClaim, Trial } from './declaration.ts';
import { mayRunAgain, onceMore, type Tried } from './once-more.ts';
import { type RollbackPolicy, readPolicy } from './rollback-policy.ts';
import { runTrial, trialNamespace } from './trial.ts';
import { batchSize, runBatch, type TrialPlace, USUALLY_IDLE_SHARE } from './trial-batch.ts';
import { judgeTrial } from './trial-verdict.ts';

export interface TrialResult extends Tried {
  readonly boundary: BoundaryReport;
  readonly analyses: readonly AnalysisReport[];
  readonly findings: readonly FindingReport[];
  readonly books: BooksReport | undefined;
  readonly heatMap: HeatMapReport | undefined;
  /** On the clock of the scene, in milliseconds: trials of a claim may run while another one is judged. */
  readonly beganMs: number;
  readonly endedMs: number;
}
export type TrialBoard = Map<string, Promise<readonly TrialResult[]>>;

/** Of the namespace and the samples of a second try, so that those of the first one stay. */
const AGAIN = '-again';

export function startTrials(scene: Scene): TrialBoard {
  const alone = pLimit(1);
  const claims = scene.profile.claims.filter((claim) => claim.kind === 'rollback-threshold');
  const policies = new Map(claims.map((claim) => [claim.id, readPolicy(claim, scene)]));
  const run = async (claim: RollbackThresholdClaim, trial: Trial, place: TrialPlace, suffix = '') => {
    const policy = await policies.get(claim.id)!;
    const beganMs = scene.now();
    const done = await oneTrial(policy, trial, { ...place, suffix, routes: gateways }, scene);
    return { ...done, beganMs, endedMs: scene.now() };
  };
  const jobs = claims.flatMap((claim) => claim.trials.map((trial) => ({ claim, trial })));
  const gateways = readGateways(claims, scene);
  const tries = new Map(jobs.map(({ trial }) => [trial, Promise.withResolvers<TrialResult>()]));
  // awaited when their claims are judged; until then a failure must not end the process
  for (const { promise } of tries.values()) promise.catch(() => undefined);
  const everyFirst = batchAfterBatch(
    jobs,
    ({ claim, trial }, place) => run(claim, trial, place),
    ({ trial }, result) => tries.get(trial)!.resolve(result),
    scene,
  ).catch((error: unknown) => {
    for (const { reject } of tries.values()) reject(error);
  });
  const board = new Map(
    claims.map((claim) => {
      // when nothing else runs any more
      const again = (trial: Trial) =>
        alone(async () => {
          await stillCluster(scene);
          const [second] = runBatch([(place: TrialPlace) => run(claim, trial, place, AGAIN)]);
          return second!;
        });
      const results = Promise.all(claim.trials.map((trial) => tries.get(trial)!.promise)).then(async (done) => {
        if (done.some(mayRunAgain)) await everyFirst;
        return Promise.all(
          done.map(async (first, i) => {
            const last = await onceMore(first, scene, () => again(claim.trials[i]!));
            return { ...last, beganMs: first.beganMs };
          }),
        );
      });
      // awaited when its claim is judged; until then a failure must not end the process
      results.catch(() => undefined);
      return [claim.id, results] as const;
    }),
  );
  void Promise.allSettled(board.values()).then(() => gateways.close());
  return board;
}

interface Job {
  readonly claim: RollbackThresholdClaim;
  readonly trial: Trial;
}

/** One batch after the other on a still cluster, each as large as the machine carries when it begins. */
async function batchAfterBatch(
  jobs: readonly Job[],
  run: (job: Job, place: TrialPlace) => Promise<TrialResult>,
  begun: (job: Job, result: Promise<TrialResult>) => void,
  scene: Scene,
): Promise<void> {
  for (let left = jobs; left.length > 0; ) {
    await stillCluster(scene);
    const idleCores = (await scene.idleCores?.()) ?? USUALLY_IDLE_SHARE * scene.cores;
    const rates = left.map(({ trial }) => (trial.traffic === 'none' ? 0 : trial.ratePerSecond));
    const batch = left.slice(0, batchSize(rates, idleCores));
    scene.recorder.event(
      'trial',
      `${batch.length} side by side`,
      `${idleCores.toFixed(1)} of ${scene.cores} cores idle`,
    );
    const running = runBatch(batch.map((job) => (place: TrialPlace) => run(job, place)));
    for (const [index, job] of batch.entries()) begun(job, running[index]!);
    await Promise.allSettled(running);
    left = left.slice(batch.length);
  }
}

/** One reader a gateway for the copies of all trials: each of them would cost a process of its own. */
function readGateways(claims: readonly RollbackThresholdClaim[], scene: Scene) {
  const namespaces = claims.flatMap(({ trials }) =>
    trials.flatMap((trial) => ['', AGAIN].map((suffix) => trialNamespace(scene.profile.name, trial, suffix))),
  );
  // without it the layers are one fewer, and the trials say so
  const opening = openGatewayRoutes(namespaces.map(stageHost), scene).catch(() => undefined);
  let opened: ProxyRoutes | undefined;
  void opening.then((routes) => {
    opened = routes;
  });
  return {
    get routes() {
      return opened?.routes ?? [];
    },
    async close() {
      await (await opening)?.[Symbol.asyncDispose]();
    },
  };
}

async function oneTrial(
  policy: RollbackPolicy,
  trial: Trial,
  place: TrialPlace & { readonly suffix: string; readonly routes: Pick<ProxyRoutes, 'routes'> },
  scene: Scene,
): Promise<Omit<TrialResult, 'beganMs' | 'endedMs'>> {
  // of those that waited for their turn, none begins in a run that is over
  scene.signal.throwIfAborted();
  const step = scene.progress.step(`${policy.claim.id}: ${trial.name}`);
  scene.recorder.event('trial', `${trial.name} starts`);
  try {
    const record = await runTrial(policy, trial, scene, { ...place, say: (text) => step.update(text) });
    const rollout = `${record.namespace}/${policy.rollout.ref.name}`;
    const analyses = (await Promise.all(record.runs.map((run) => replayAnalysis(run.object, rollout, scene)))).flat();
    const { boundary, findings, books } = judgeTrial(record, analyses);
    const { limit } = policy.claim;
    scene.recorder.event('trial', `${trial.name}: ${record.end}`, boundary.observed);
    if (boundary.outcome === 'passed') step.done(boundary.observed);
    else step.fail(`${boundary.outcome}: ${boundary.observed}`);
    return {
      boundary,
      analyses,
      findings,
      books,
      heatMap:
        limit.kind === 'slow-share'
          ? heatMapOf(`Latency of ${trial.name}`, record.stream, trackOf(STABLE_VERSION), limit.limitMs)
          : undefined,
    };
  } catch (error) {
    step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    if (scene.signal.aborted || !(error instanceof HarnessError)) throw error;
    const environments = error instanceof PromiseNotKept ? await environmentsFault(error, scene) : undefined;
    return broken(policy.claim, trial, environments instanceof HarnessError ? environments : error);
  }
}

/** A trial that could not be carried out judges nothing; where the subject did not keep a promise it failed. */
function broken(
  claim: RollbackThresholdClaim,
  trial: Trial,
  error: HarnessError,
): Omit<TrialResult, 'beganMs' | 'endedMs'> {
  const promise =
    error instanceof PromiseNotKept ? brokenPromise({ id: claim.id, title: trial.name }, error, 0) : undefined;
  return {
    boundary: {
      claimId: claim.id,
      name: trial.name,
      declared: claim.metric,
      injected: promise ? 'not carried through' : 'not carried out',
      side: trial.side,
      expected: trial.expect,
      observed: promise?.claim.sentence ?? error.message,
      lostRequests: 0,
      measurements: 0,
      oracleAgrees: 0,
      outcome: promise?.claim.outcome ?? 'invalid',
    },
    analyses: [],
    findings: [
      {
        ...(promise?.findings?.[0] ?? findingOf(error, error.exitCode === EXIT.usage ? 'manifest' : 'instrument')),
        sentence: `${trial.name}: ${promise?.claim.sentence ?? error.message}`,
      },
    ],
    books: promise?.books?.[0],
    heatMap: undefined,
    isFinal: error.exitCode === EXIT.usage,
  };
}
