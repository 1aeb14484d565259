/**
 * All trials of all rollback limits of a profile, in batches side by side. Trials of different claims do not know of each other, so
 * the first claim that is judged starts them all, and the later ones find their results.
 */
import pLimit from 'p-limit';
import { findingOf } from '../../../reports/model/finding-of.ts';
import type { AnalysisReport, BoundaryReport, HeatMapReport } from '../../../reports/model/rollout-report.ts';
import type { BooksReport, FindingReport } from '../../../reports/model/run-report.ts';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { type GatewayRoutes, openGatewayRoutes } from '../../rollouts/layers/gateway-routes.ts';
import { replayAnalysis } from '../../rollouts/replay-analysis.ts';
import { brokenPromise } from '../../scene/broken-promise.ts';
import { environmentsFault, PromiseNotKept } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { STABLE_VERSION, stageHost } from '../../stage/stage.ts';
import { stillCluster } from '../../stage/still-cluster.ts';
import { heatMapOf, trackOf } from '../../traffic/latency-bins.ts';
import type { RollbackThresholdClaim, Trial } from './declaration.ts';
import { mayRunAgain, onceMore, type Tried } from './once-more.ts';
import { type RollbackPolicy, readPolicy } from './rollback-policy.ts';
import { runTrial, trialNamespace } from './trial.ts';
import { runBatch, type TrialPlace } from './trial-batch.ts';
import { judgeTrial } from './trial-verdict.ts';

export interface TrialResult extends Tried {
  readonly boundary: BoundaryReport;
  readonly analyses: readonly AnalysisReport[];
  readonly findings: readonly FindingReport[];
  readonly books: BooksReport | undefined;
  readonly heatMap: HeatMapReport | undefined;
}
export type TrialBoard = Map<string, Promise<readonly TrialResult[]>>;

/**
 * Each trial is two or three pods with their proxies, and a load generator: six of them at 60 requests/s keep one core
 * busy and leave the other to the control plane. The books of each say whether that was so.
 */
const SIDE_BY_SIDE = 6;

/** Of the namespace and the samples of a second try, so that those of the first one stay. */
const AGAIN = '-again';

export function startTrials(scene: Scene): TrialBoard {
  const alone = pLimit(1);
  const claims = scene.profile.claims.filter((claim) => claim.kind === 'rollback-threshold');
  const policies = new Map(claims.map((claim) => [claim.id, readPolicy(claim, scene)]));
  const run = async (claim: RollbackThresholdClaim, trial: Trial, place: TrialPlace, suffix = '') =>
    oneTrial(await policies.get(claim.id)!, trial, { ...place, suffix, routes: gateways }, scene);
  const jobs = claims.flatMap((claim) => claim.trials.map((trial) => ({ claim, trial })));
  const gateways = readGateways(claims, scene);
  let before: Promise<unknown> = Promise.resolve();
  const tries = new Map<Trial, Promise<TrialResult>>();
  for (let first = 0; first < jobs.length; first += SIDE_BY_SIDE) {
    const batch = jobs.slice(first, first + SIDE_BY_SIDE);
    const begins = before.then(() => stillCluster(scene));
    const running = begins.then(() =>
      runBatch(
        batch.map(
          ({ claim, trial }) =>
            (place: TrialPlace) =>
              run(claim, trial, place),
        ),
      ),
    );
    const results = batch.map(async ({ trial }, i) => {
      const result = running.then((promises) => promises[i]!);
      tries.set(trial, result);
      return result;
    });
    before = Promise.allSettled(results);
  }
  const everyFirst = before;
  const board = new Map(
    claims.map((claim) => {
      // when nothing else runs any more
      const again = (trial: Trial) =>
        alone(async () => {
          await stillCluster(scene);
          const [second] = runBatch([(place: TrialPlace) => run(claim, trial, place, AGAIN)]);
          return second!;
        });
      const results = Promise.all(claim.trials.map((trial) => tries.get(trial)!)).then(async (done) => {
        if (done.some(mayRunAgain)) await everyFirst;
        return Promise.all(done.map((result, i) => onceMore(result, scene, () => again(claim.trials[i]!))));
      });
      // awaited when its claim is judged; until then a failure must not end the process
      results.catch(() => undefined);
      return [claim.id, results] as const;
    }),
  );
  void Promise.allSettled(board.values()).then(() => gateways.close());
  return board;
}

/** One reader a gateway for the copies of all trials: each of them would cost a process of its own. */
function readGateways(claims: readonly RollbackThresholdClaim[], scene: Scene) {
  const namespaces = claims.flatMap(({ trials }) =>
    trials.flatMap((trial) => ['', AGAIN].map((suffix) => trialNamespace(scene.profile.name, trial, suffix))),
  );
  // without it the layers are one fewer, and the trials say so
  const opening = openGatewayRoutes(namespaces.map(stageHost), scene).catch(() => undefined);
  let opened: GatewayRoutes | undefined;
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
  place: TrialPlace & { readonly suffix: string; readonly routes: Pick<GatewayRoutes, 'routes'> },
  scene: Scene,
): Promise<TrialResult> {
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
function broken(claim: RollbackThresholdClaim, trial: Trial, error: HarnessError): TrialResult {
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
