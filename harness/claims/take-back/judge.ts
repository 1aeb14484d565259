/**
 * Claim kind `take-back`: a copy of the application gets the peak, its canary goes to the weight and is aborted there. All
 * requests of the time after that are held against the objective. With `dynamicStableScale` stable has lost pods by then, and the
 * controller gives it traffic as its pods become available again (harness/capacity/questions/take-back.ts); what only a real abort
 * shows is whether pods that are available hold their share, proxies know them, and the canary serves until then.
 */
import type { ErrorLedgerReport } from '../../../reports/model/rollout-report.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { percent, seconds } from '../../documents/figures.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { ROLLOUTS, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { abortRollout } from '../../rollouts/rollout-orders.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { canaryClusterOf, errorLedger } from '../../stage/error-ledger.ts';
import { openGatewayLog } from '../../stage/gateway-log.ts';
import { openMovingStage } from '../../stage/moving-stage.ts';
import { released } from '../../stage/released.ts';
import { sayWaiting } from '../../stage/say-waiting.ts';
import { CANARY_VERSION, STABLE_VERSION, type Stage } from '../../stage/stage.ts';
import { heatMapOf, percentilesOf, trackOf } from '../../traffic/latency-bins.ts';
import { LOSSES_SHARED } from '../../traffic/shared-losses.ts';
import { onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type BadAnswers, badAnswers, judgeAnswers } from './bad-answers.ts';
import type { TakeBackClaim } from './declaration.ts';

/** Long enough to see that stable holds the peak alone, and that both together do. */
const BEFORE_MS = 10_000;
const HELD_MS = 10_000;
/** From the generator to here. */
const ANSWERS_COME_MS = 1_000;

interface Moments {
  readonly beganMs: number;
  readonly releasedMs: number;
  readonly heldMs: number;
  readonly abortedMs: number;
  /** When the canary had no weight any more. */
  readonly backMs: number;
  /** Stable pods that were available when the canary was aborted. */
  readonly pods: number;
}

/** @throws HarnessError ROLLOUT_MISSING (exit 3); what opening the stage throws; the reason of the scene's signal */
export async function judgeTakeBack(claim: TakeBackClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const replicas = await replicasOf(claim, scene);
  await using gatewayLog = await openGatewayLog(scene);
  await using moving = await openMovingStage(
    claim,
    {
      replicas,
      plan: () => ({ steps: [{ setWeight: claim.atWeight }, { pause: {} }], background: undefined }),
      // pods of both versions hold the same
      change: (object) =>
        object.kind === 'Rollout' && object.metadata.name === claim.rollout.name
          ? released(object, STABLE_VERSION, claim.podHolds)
          : object,
    },
    scene,
  );
  const { stage, load } = moving;
  const step = scene.progress.step(`${claim.id}: abort at ${claim.atWeight} % under the peak`);
  const waiting = {
    ...{ what: `the canary at ${claim.atWeight} %`, stream: load.stream, now: scene.now },
    say: (text: string) => step.update(text),
  };
  const moments = await moving
    .under(() => sayWaiting(waiting, () => abortAtWeight(claim, stage, scene)))
    .catch((error: unknown) => {
      step.fail(error instanceof Error ? error.message : String(error));
      throw error;
    });
  const endMs = moments.abortedMs + claim.withinMs;
  // the last requests of the time are answered by then or never; one that is in flight when the load is stopped counts for nothing
  await scene.pause(Math.max(0, endMs - scene.now()) + scene.profile.load.requestTimeoutMs + ANSWERS_COME_MS);
  step.done();
  const { stream, books } = await load.stop();
  const after = badAnswers(stream, claim.objective, { fromMs: moments.abortedMs, toMs: endMs });
  const before = badAnswers(stream, claim.objective, { fromMs: moments.beganMs, toMs: moments.releasedMs });
  const held = badAnswers(stream, claim.objective, { fromMs: moments.heldMs, toMs: moments.abortedMs });
  const layers = moving.layers.blame([{ path: 'ingress', load }]);
  const { objectiveShare } = claim.objective;
  const judged = judgeAnswers([before, after], { objectiveShare, ratePerSecond: claim.ratePerSecond });
  const ledger = errorLedger(stream, await gatewayLog.errors(stage.host, moments.beganMs), {
    title: `Errors around the abort of ${claim.rollout.name} (${claim.id})`,
    stretches: [
      { phase: 'before the canary', fromMs: moments.beganMs, toMs: moments.releasedMs },
      { phase: 'with the canary', fromMs: moments.releasedMs, toMs: moments.abortedMs },
      { phase: 'after the abort', fromMs: moments.abortedMs, toMs: scene.now() },
    ],
    canaryCluster: canaryClusterOf(stage.rollout),
    stableVersion: STABLE_VERSION,
    stoppedMs: endMs,
  });
  const title = `Latency around the abort of ${claim.rollout.name}`;
  const track = trackOf(STABLE_VERSION);
  const sentence = sentenceOf(claim, { judged, before, after, pods: moments.pods, replicas }, moments.abortedMs);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: onEvidence(judged, books.outcome),
      sentence,
      details: [
        { label: 'objective', value: `${claim.objective.text} over ${seconds(claim.withinMs)}` },
        { label: 'before the canary', value: told(before) },
        { label: `canary at ${claim.atWeight} %`, value: told(held) },
        { label: 'after the abort', value: told(after) },
        { label: 'stable pods at the abort', value: `${moments.pods} of ${replicas}` },
        { label: 'weight back at 0', value: `${seconds(moments.backMs - moments.abortedMs)} after the abort` },
        layers.detail,
      ],
      durationMs: scene.now() - startedAt,
    },
    errorLedgers: [ledger],
    books: [books],
    heatMaps: [heatMapOf(title, stream, track, claim.objective.limitMs)],
    percentiles: [percentilesOf(title, stream, track)],
    findings:
      judged === 'failed' && !books.problemCodes?.includes(LOSSES_SHARED)
        ? layers.once([findingOf(claim, sentence, ledger)])
        : [],
  };
}

/** @throws HarnessError ROLLOUT_MISSING */
async function replicasOf({ rollout: { namespace, name } }: TakeBackClaim, scene: Scene): Promise<number> {
  const live = await scene.client.get({ ...ROLLOUTS, namespace }, name);
  if (!live) throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${namespace}/${name} to copy`);
  return (live.spec as { replicas?: number }).replicas ?? 1;
}

async function abortAtWeight(claim: TakeBackClaim, stage: Stage, scene: Scene): Promise<Moments> {
  const { watch, namespace } = stage;
  const timeoutMs = scene.profile.budgets.rolloutEndsMs;
  const beganMs = scene.now();
  await scene.pause(BEFORE_MS);
  const stableHash = rolloutStatus(watch.rollout).stableHash ?? '';
  const releasedMs = scene.now();
  await stage.release(CANARY_VERSION, claim.podHolds);
  await watch.until(
    (seen) => seen.weights.at(-1)?.weight === claim.atWeight,
    subjectKeeps({
      ...{ what: `${namespace}: the canary to get ${claim.atWeight} %`, timeoutMs },
      needsPodsOf: namespace,
    }),
  );
  const heldMs = scene.now();
  await scene.pause(HELD_MS);
  const pods = await stablePods(stableHash, namespace, scene);
  const abortedMs = scene.now();
  await abortRollout(scene, stage.rollout.ref);
  await watch.until(
    (seen) => rolloutStatus(seen.rollout).abort && seen.weights.at(-1)?.weight === 0,
    subjectKeeps({ what: `${namespace}: the weight to go back to 0`, timeoutMs }),
  );
  return { beganMs, releasedMs, heldMs, abortedMs, backMs: scene.now(), pods };
}

async function stablePods(hash: string, namespace: string, scene: Scene): Promise<number> {
  const pods = { apiVersion: 'v1', resource: 'pods', namespace } as const;
  const found = await scene.client.list(pods, `rollouts-pod-template-hash=${hash}`);
  return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
}

interface Told {
  readonly judged: Outcome;
  readonly before: BadAnswers;
  readonly after: BadAnswers;
  readonly pods: number;
  readonly replicas: number;
}

function sentenceOf(claim: TakeBackClaim, { judged, before, after, pods, replicas }: Told, abortedMs: number): string {
  const { objective, ratePerSecond, atWeight } = claim;
  const allowed = `${objective.text} allows ${percent(objective.objectiveShare, { digits: 3 })}`;
  if (before.share > objective.objectiveShare)
    return `Stable does not hold ${ratePerSecond} requests/s even before a canary: ${told(before)} were bad, and ${allowed}.`;
  if (judged === 'inconclusive')
    return `Hardly anybody asked: ${before.requests} requests in the ${seconds(before.lastsMs)} before the canary and ${after.requests} in the ${seconds(after.lastsMs)} after the abort are not the ${ratePerSecond} a second of the peak, so nobody knows whether stable would have taken it back.`;
  const found = `${told(after)} were bad in the ${seconds(claim.withinMs)} after the abort at ${atWeight} %, and ${allowed}`;
  const there = `${pods} of ${replicas} stable pods were there at that moment`;
  if (after.share <= objective.objectiveShare)
    return `Stable took all of ${ratePerSecond} requests/s back: ${found}; ${there}.`;
  const last = after.lastBadMs === undefined ? '' : `, the last ${seconds(after.lastBadMs - abortedMs)} after it`;
  return `Stable could not take ${ratePerSecond} requests/s back: ${found}${last}; ${there}.`;
}

function findingOf(claim: TakeBackClaim, sentence: string, { rows }: ErrorLedgerReport): FindingReport {
  const flags = [
    ...new Set(rows.filter(({ injected }) => !injected).map(({ flag, meaning }) => `${flag} (${meaning})`)),
  ];
  return {
    code: 'PEAK_NOT_TAKEN_BACK',
    ...{ layer: 'observed', severity: 'error' },
    sentence: flags.length === 0 ? sentence : `${sentence} The gateway says: ${flags.join('; ')}.`,
    where: `Rollout ${claim.rollout.namespace}/${claim.rollout.name}`,
    hint: 'Stable gets all traffic when all of its pods are available (with dynamicStableScale step by step, as they come): look for pods that are ready before they hold their share, for a canary that fails until then, and for too few pods.',
  };
}

const told = ({ requests, bad, share }: BadAnswers) =>
  `${bad} of ${requests} requests (${percent(share, { digits: 3 })})`;
