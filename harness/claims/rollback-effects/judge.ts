/**
 * Claim kind `rollback-effects`: after a fault in mid-canary the metric crosses, the analysis fails, the rollout is
 * aborted, every proxy sends everything to stable again, the canary's pods go, and nobody was turned away.
 */

import type { FindingReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import type { LayersRead } from '../../rollouts/layers/rollout-layers.ts';
import { replayAnalysis } from '../../rollouts/replay-analysis.ts';
import { HASH_LABEL, rolloutStatus } from '../../rollouts/rollout-object.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { canaryClusterOf, errorLedger, lostIn } from '../../stage/error-ledger.ts';
import { openGatewayLog } from '../../stage/gateway-log.ts';
import { changeBehaviour } from '../../stage/inject-behaviour.ts';
import { openMovingStage } from '../../stage/moving-stage.ts';
import { CANARY_VERSION, STABLE_VERSION } from '../../stage/stage.ts';
import { canaryAnswers } from '../../traffic/canary-answers.ts';
import { heatMapOf, trackOf } from '../../traffic/latency-bins.ts';
import { LOSSES_SHARED } from '../../traffic/shared-losses.ts';
import { onEvidence } from '../../verdict/combine.ts';
import { openCommitStatus } from './commit-status.ts';
import type { RollbackEffectsClaim } from './declaration.ts';
import { failureTimes, metricCrosses } from './failed-measurement.ts';
import { gatewaysAtZero, unreadInWords } from './gateway-weights.ts';
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
  const { budgets } = scene.profile;
  const posted = status?.receiver.requests.length ?? 0;
  const movedMs = scene.now();
  await stage.release(CANARY_VERSION);
  await moving.under(() =>
    watch.until(
      (seen) => seen.runs.size > 0,
      subjectKeeps({
        what: 'the first analysis to begin',
        timeoutMs: budgets.rolloutEndsMs,
        needsPodsOf: stage.namespace,
      }),
    ),
  );
  const hash = rolloutStatus(watch.rollout).currentHash ?? '';
  const changed = await changeBehaviour(scene, stage.namespace, hash, { errorShare: claim.fault.errorShare });
  const faultMs = Math.min(...changed.map(({ atMs }) => atMs));
  await moving.under(() =>
    watch.until(
      (seen) => rolloutStatus(seen.rollout).abort,
      subjectKeeps({ what: 'the rollout to be aborted', timeoutMs: budgets.rolloutEndsMs }),
    ),
  );
  const abortedMs = watch.statuses.find((seen) => seen.status.abort)?.atMs ?? scene.now();
  await moving.under(() =>
    watch.until(
      (seen) => seen.weights.at(-1)?.weight === 0,
      subjectKeeps({ what: 'the weight to go back to 0', timeoutMs: budgets.routesAppliedMs }),
    ),
  );
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
  const gateways = gatewaysAtZero(moving.layers.routes, zeroMs, stage.rollout);
  const acknowledged = gateways.filter(({ isLost }) => !isLost);
  const unread = unreadInWords(gateways);
  const answers = canaryAnswers(stream, { canaryVersion: CANARY_VERSION, fromMs: faultMs, users: claim.users });
  const facts: RollbackFacts = {
    title: `Rollback of ${claim.rollout.name}`,
    rollout: `${stage.namespace}/${claim.rollout.name}`,
    times: {
      'fault-injected': at(faultMs, `${claim.fault.errorShare * 100} % errors in ${changed.length} pod(s)`),
      ...(crossing && crossing !== 'unknown' ? { 'metric-crosses': crossing } : {}),
      ...failureTimes(failed),
      aborted: at(abortedMs, rolloutStatus(watch.rollout).message),
      'weight-zero-declared': at(zeroMs, `VirtualService resourceVersion ${watch.weights.at(-1)?.resourceVersion}`),
      ...(unread === undefined && acknowledged.every(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined)
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
    optional: [
      ...(claim.commitStatus ? [] : (['commit-status-posted'] as const)),
      ...(crossing === 'unknown' ? (['metric-crosses'] as const) : []),
      ...(unread === undefined ? [] : (['weight-zero-acknowledged'] as const)),
    ],
    proxies: acknowledged.map(({ isLost: _, ...proxy }) => proxy),
    answers: {
      badAnswers: answers.bad,
      canaryAnswers: answers.canary,
      distinctUsers: answers.distinctUsers,
      requests: answers.requests,
    },
  };
  const ledger = errorLedger(stream, await gatewayLog.errors(stage.host, movedMs), {
    title: `Errors of the rollback of ${claim.rollout.name}`,
    stretches: [
      { phase: 'before the fault', fromMs: 0, toMs: faultMs },
      { phase: 'fault to abort', fromMs: faultMs, toMs: abortedMs },
      { phase: 'after the abort', fromMs: abortedMs, toMs: Number.POSITIVE_INFINITY },
    ],
    canaryCluster: canaryClusterOf(stage.rollout),
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
    // where the environment lost them the books say so
    ...(lost > 0 && !books.problemCodes?.includes(LOSSES_SHARED) ? [`${lost} requests were lost.`] : []),
    ...(delivery && !delivery.body.includes(`"${claim.commitStatus?.state}"`)
      ? [`The commit status says ${delivery.body.slice(0, 100)}.`]
      : []),
    ...(disagreeing.length > 0 ? [`${disagreeing.length} measurements differ from the oracle.`] : []),
  ];
  const layers = moving.layers.blame([{ path: 'ingress', load }]);
  // what nobody read is no fault of the rollback, and no part of what it was to show either
  const judged = problems.length > 0 ? 'failed' : unread === undefined ? 'passed' : 'invalid';
  const outcome = onEvidence(judged, books.outcome);
  const track = trackOf(STABLE_VERSION);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        `${seconds(abortedMs - faultMs)} after the fault the rollout was aborted, and ${answers.lastMs === undefined ? 'the canary had not answered' : `${seconds(Math.max(0, answers.lastMs - abortedMs))} later the canary answered for the last time`}.`,
        `${answers.bad} bad answers reached ${answers.distinctUsers} of ${claim.users} users; ${lost} requests were lost.`,
        ...problems,
        ...(unread === undefined ? [] : [unread]),
      ].join(' '),
      details: [
        ...Object.entries(facts.times).map(([name, event]) => ({
          label: name,
          value: `${seconds(event.atMs - faultMs)} after the fault: ${event.detail}`,
        })),
        layers.detail,
      ],
      durationMs: scene.now() - startedAt,
    },
    waterfalls: [waterfallOf(facts, outcome)],
    errorLedgers: [ledger],
    analyses,
    books: [books],
    heatMaps: [heatMapOf(`Latency of the rollback of ${claim.rollout.name}`, stream, track)],
    findings: blamedWhereRed(
      layers,
      problems.map((sentence) => ({
        code: 'ROLLBACK_INCOMPLETE',
        layer: 'observed' as const,
        severity: 'error' as const,
        sentence,
        where: facts.rollout,
      })),
    ),
  };
}

const blamedWhereRed = (layers: LayersRead, seen: readonly FindingReport[]) =>
  seen.length > 0 ? layers.once(seen) : [];

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
