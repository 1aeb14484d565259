/**
 * Claim kind `rollback-effects`: after a fault in mid-canary the metric crosses, the analysis fails, the rollout is
 * aborted, every proxy sends everything to stable again, the canary's pods go, and nobody was turned away.
 */
import type { RouteSeen } from '../evidence/proxy-watch.ts';
import type { RollbackEffectsClaim } from '../profile/rollout-claim.ts';
import { onEvidence } from '../verdict/combine.ts';
import { canaryAnswers } from './canary-answers.ts';
import { openCommitStatus } from './commit-status.ts';
import { errorLedger, lostIn } from './error-ledger.ts';
import { failureTimes, metricCrosses } from './failed-measurement.ts';
import { openGatewayLog } from './gateway-log.ts';
import { gatewaysAtZero, watchGateways } from './gateway-weights.ts';
import { changeBehaviour, HASH_LABEL } from './inject-behaviour.ts';
import { heatMapOf } from './latency-bins.ts';
import { openMovingStage } from './moving-stage.ts';
import { replayAnalysis } from './replay-analysis.ts';
import { rolloutStatus } from './rollout-object.ts';
import { type ClaimResult, type Scene, seconds } from './scene.ts';
import { STABLE_VERSION } from './stage.ts';
import { CANARY_VERSION } from './trial.ts';
import { type RollbackFacts, waterfallOf, waterfallProblems } from './waterfall.ts';

/** Scaling the canary down waits for `abortScaleDownDelaySeconds` and for the pods' own grace. */
const PODS_GONE_MS = 120_000;
const POSTED_MS = 15_000;
const POLL_MS = 250;

export async function judgeRollbackEffects(claim: RollbackEffectsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  await using cleanUp = new AsyncDisposableStack();
  const status = claim.commitStatus ? cleanUp.use(await openCommitStatus(scene, claim.commitStatus.state)) : undefined;
  const gatewayLog = cleanUp.use(await openGatewayLog(scene));
  const moving = cleanUp.use(
    await openMovingStage(
      claim,
      { replicas: 2, ...(status ? { change: (object) => status.subscribe(object) } : {}) },
      scene,
    ),
  );
  const { stage, load } = moving;
  const { watch } = stage;
  const routes: RouteSeen[] = [];
  const proxies = cleanUp.use(await watchGateways(stage.host, routes, scene));
  const { budgets } = scene.profile;
  const posted = status?.receiver.requests.length ?? 0;
  const movedMs = scene.now();
  await stage.release(CANARY_VERSION);
  await watch.until((seen) => seen.runs.size > 0, 'the first analysis to begin', budgets.rolloutEndsMs);
  const hash = rolloutStatus(watch.rollout).currentHash ?? '';
  const changed = await changeBehaviour(scene, stage.namespace, hash, { errorShare: claim.fault.errorShare });
  const faultMs = Math.min(...changed.map(({ atMs }) => atMs));
  await watch.until((seen) => rolloutStatus(seen.rollout).abort, 'the rollout to be aborted', budgets.rolloutEndsMs);
  const abortedMs = watch.statuses.find((seen) => seen.status.abort)?.atMs ?? scene.now();
  await watch.until((seen) => seen.weights.at(-1)?.weight === 0, 'the weight to go back to 0', budgets.routesAppliedMs);
  const zeroMs = watch.weights.at(-1)?.atMs ?? scene.now();
  const goneMs = await podsGone(stage.namespace, hash, scene);
  const delivery = await status?.receiver.waitFor(
    ({ body }) => body.includes(`${stage.namespace}/`),
    POSTED_MS,
    posted,
  );
  const stoppedMs = scene.now();
  const { stream, books } = await load.stop();
  const failed = [...watch.runs.values()].find(({ phases }) => phases.at(-1)?.phase === 'Failed');
  const crossing = failed && (await metricCrosses(failed, faultMs, abortedMs, scene));
  const acknowledged = gatewaysAtZero(routes, zeroMs, stage.rollout.subsets?.canary);
  const answers = canaryAnswers(stream, { canaryVersion: CANARY_VERSION, fromMs: faultMs, users: claim.users });
  const facts: RollbackFacts = {
    title: `Rollback of ${claim.rollout.name}`,
    rollout: `${stage.namespace}/${claim.rollout.name}`,
    times: {
      'fault-injected': at(faultMs, `${claim.fault.errorShare * 100} % errors in ${changed.length} pod(s)`),
      ...(crossing ? { 'metric-crosses': crossing } : {}),
      ...failureTimes(failed),
      aborted: at(abortedMs, rolloutStatus(watch.rollout).message),
      'weight-zero-declared': at(zeroMs, `VirtualService resourceVersion ${watch.weights.at(-1)?.resourceVersion}`),
      ...(acknowledged.length > 0 && acknowledged.every(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined)
        ? {
            'weight-zero-acknowledged': at(
              Math.max(...acknowledged.map(({ acknowledgedAtMs }) => acknowledgedAtMs ?? 0)),
              `${acknowledged.length} proxies`,
            ),
          }
        : {}),
      ...(answers.lastMs === undefined
        ? {}
        : { 'last-canary-answer': at(answers.lastMs, `${answers.canary} answers since the fault`) }),
      ...(goneMs === undefined ? {} : { 'canary-pods-gone': at(goneMs, `hash ${hash}`) }),
      ...(delivery ? { 'commit-status-posted': at(delivery.atMs, delivery.body.slice(0, 200)) } : {}),
    },
    optional: claim.commitStatus ? [] : ['commit-status-posted'],
    proxies: acknowledged,
    answers: {
      badAnswers: answers.bad,
      canaryAnswers: answers.canary,
      distinctUsers: answers.distinctUsers,
      requests: answers.requests,
    },
  };
  const canary = stage.rollout.subsets?.canary ?? stage.rollout.canaryService ?? 'canary';
  const ledger = errorLedger(stream, await gatewayLog.errors(stage.host, movedMs), {
    title: `Errors of the rollback of ${claim.rollout.name}`,
    stretches: [
      { phase: 'before the fault', fromMs: 0, toMs: faultMs },
      { phase: 'fault to abort', fromMs: faultMs, toMs: abortedMs },
      { phase: 'after the abort', fromMs: abortedMs, toMs: Number.POSITIVE_INFINITY },
    ],
    canaryCluster: (cluster) => cluster.includes(`|${canary}|`) || cluster.includes(`|${canary}.`),
    stableVersion: STABLE_VERSION,
    stoppedMs,
  });
  const lost = lostIn(ledger);
  const analyses = (
    await Promise.all([...watch.runs.values()].map((run) => replayAnalysis(run.object, facts.rollout, scene)))
  ).flat();
  const disagreeing = analyses.flatMap(({ measurements }) => measurements).filter(({ agrees }) => agrees === false);
  const problems = [
    ...waterfallProblems(facts),
    ...(lost > 0 ? [`${lost} requests were lost.`] : []),
    ...(delivery && !delivery.body.includes(`"${claim.commitStatus?.state}"`)
      ? [`The commit status says ${delivery.body.slice(0, 100)}.`]
      : []),
    ...(disagreeing.length > 0 ? [`${disagreeing.length} measurements differ from the oracle.`] : []),
  ];
  const outcome = onEvidence(problems.length > 0 ? 'failed' : 'passed', books.outcome);
  await proxies[Symbol.asyncDispose]();
  const trackOf = (version: string) => (version === STABLE_VERSION ? ('stable' as const) : ('canary' as const));
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        `${seconds(abortedMs - faultMs)} after the fault the rollout was aborted, and ${answers.lastMs === undefined ? 'the canary had not answered' : `${seconds(Math.max(0, answers.lastMs - abortedMs))} later the canary answered for the last time`}.`,
        `${answers.bad} bad answers reached ${answers.distinctUsers} of ${claim.users} users; ${lost} requests were lost.`,
        ...problems,
        ...(books.outcome === 'invalid' ? [`The books are bad: ${books.problems.join('; ')}.`] : []),
      ].join(' '),
      details: Object.entries(facts.times).map(([name, event]) => ({
        label: name,
        value: `${seconds(event.atMs - faultMs)} after the fault: ${event.detail}`,
      })),
      durationMs: scene.now() - startedAt,
    },
    waterfalls: [waterfallOf(facts, outcome)],
    errorLedgers: [ledger],
    analyses,
    books: [books],
    heatMaps: [heatMapOf(`Latency of the rollback of ${claim.rollout.name}`, stream, trackOf)],
    findings: problems.map((sentence) => ({
      code: 'ROLLBACK_INCOMPLETE',
      layer: 'observed' as const,
      severity: 'error' as const,
      sentence,
      where: facts.rollout,
    })),
  };
}

const at = (atMs: number, detail: string) => ({ atMs, detail });

async function podsGone(namespace: string, hash: string, scene: Scene): Promise<number | undefined> {
  const deadline = scene.now() + PODS_GONE_MS;
  while (scene.now() < deadline) {
    scene.signal.throwIfAborted();
    const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, `${HASH_LABEL}=${hash}`);
    if (pods.length === 0) return scene.now();
    await scene.pause(POLL_MS);
  }
  return undefined;
}
