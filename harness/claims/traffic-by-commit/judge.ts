/**
 * Claim kind `traffic-by-commit`: a commit that only changes weights moves the observed shares, and no pod is touched.
 *
 * Load runs across the commit, and only requests started after the new share has arrived are judged against the new
 * weights.
 */

import { seconds } from '../../documents/figures.ts';
import { withWeights } from '../../profile/edit-manifests.ts';
import { APPLICATIONS, isAutomated } from '../../scene/application.ts';
import { claimLedger, createPathStreams, type PathStreams } from '../../scene/claim-ledger.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { podIdentities, touchedPods } from '../../scene/pod-identities.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { type GentlyRun, runGently } from '../../traffic/gentler-rate.ts';
import type { RolloutLoadResult } from '../../traffic/recorded-load.ts';
import { followedArm, runSplitPhase, type SplitPhaseResult } from '../../traffic/split-phase.ts';
import { runSteadyLoad } from '../../traffic/steady-load.ts';
import { placeLoad, versionReader } from '../../traffic/traffic-path.ts';
import { onEvidence } from '../../verdict/combine.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import type { TrafficByCommitClaim } from './declaration.ts';
import { describeTravel } from './describe-travel.ts';
import { addToStream, startBeside } from './load-beside.ts';
import { createArrival } from './share-arrival.ts';

/** The old share must be on record before the commit. */
const BEFORE_MS = 2_000;
const WARM_UP_SECONDS = 1;

/** The weights that the commit declares, and the arm whose share is followed. */
interface Move {
  /** Who declares what before and after, such as `v1 75, v3 25`. */
  readonly before: string;
  readonly after: string;
  readonly versions: readonly string[];
  readonly expectation: ReturnType<typeof expectationOf>;
  readonly arm: { readonly name: string; readonly subset: string };
  /** Shares of that arm, 0 to 1. */
  readonly fromShare: number;
  readonly toShare: number;
}

interface Observation {
  readonly result: SplitPhaseResult;
  readonly beside: { readonly result: RolloutLoadResult; readonly path: 'ingress' | 'mesh' | 'direct' } | undefined;
  readonly commit: { readonly pushedAt: number; readonly sha: string } | undefined;
  /** When the new share arrived at clients, Unix milliseconds; undefined: it did not. */
  readonly arrived: { readonly atMs: number; readonly lowMs: number; readonly highMs: number } | undefined;
  /** Otherwise the run was interrupted or the load broke off, and that the share did not move says nothing. */
  readonly waitedLongEnough: boolean;
}

export async function judgeTrafficByCommit(claim: TrafficByCommitClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const base = { id: claim.id, title: claim.title };
  const applications = { ...APPLICATIONS, namespace: scene.application.namespace };
  if (!isAutomated(await scene.client.get(applications, scene.application.name))) {
    const sentence = `Automated sync of Application ${scene.application.name} is switched off in the cluster, so no commit moves anything.`;
    return { claim: { ...base, outcome: 'failed', sentence, details: [], durationMs: scene.now() - startedAt } };
  }
  const { namespace } = claim.split.virtualService;
  const move = plannedMove(claim, scene);
  const streams = createPathStreams(move.arm.name);
  const podsBefore = await podIdentities(scene, namespace);
  const observation = await observeCommit(claim, move, streams, scene);
  const { run: settled, tooFast } = await settledShare(claim, move, observation, scene);
  const touched = touchedPods(podsBefore, await podIdentities(scene, namespace));
  const { result, beside, commit, arrived, waitedLongEnough } = observation;
  const tookMs = arrived && commit ? arrived.atMs - commit.pushedAt : undefined;
  if (tookMs !== undefined)
    scene.recorder.event('observed', `clients get ${move.after}`, `${seconds(tookMs)} after the push`);
  const { ledger, findings } = claimLedger(scene, claim.split, base, move.arm, streams, startedAt);
  const blamed = findings.filter(({ severity }) => severity === 'error').map(({ sentence }) => sentence);
  const moved = onEvidence(waitedLongEnough ? 'failed' : 'inconclusive', result.books.outcome);
  const judged = touched.length > 0 ? 'failed' : tookMs === undefined ? moved : settled.split.outcome;
  const outcome = blamed.length > 0 && judged !== 'invalid' ? 'failed' : judged;
  const sentences = [
    ...(outcome === 'passed' ? [] : blamed),
    movedSentence(observation, settled.split.sentence, move, scene.profile.budgets.commitObservedMs),
    describeTravel(ledger) ?? '',
    touched.length === 0
      ? `All ${podsBefore.size} pods are the same, none restarted.`
      : `Pods were replaced or restarted: ${touched.join(', ')}.`,
  ];
  return {
    claim: {
      ...base,
      outcome,
      sentence: sentences.filter((sentence) => sentence !== '').join(' '),
      details: [
        { label: 'commit', value: commit?.sha ?? 'none' },
        { label: 'declared before', value: move.before },
        { label: 'declared after', value: move.after },
        ...(tookMs === undefined ? [] : [{ label: 'push to observed share', value: seconds(tookMs) }]),
      ],
      durationMs: scene.now() - startedAt,
    },
    splits: tookMs === undefined ? [] : [settled.split],
    books: [...(tooFast ? [tooFast] : []), settled.books, ...(beside ? [beside.result.books] : [])],
    findings,
    series: [result.series, ...(beside ? [beside.result.series(beside.path, move.arm.name)] : [])],
    ledgers: [ledger],
  };
}

function plannedMove(claim: TrafficByCommitClaim, scene: Scene): Move {
  const old = declaredSplit(scene, claim.split);
  const weightOf = (subset: string | undefined) => claim.weights[subset ?? ''] ?? 0;
  const [first, ...others] = old.arms;
  const changed = (arm: typeof first) => {
    const weight = weightOf(arm.subset);
    return { ...arm, weight, share: weight / 100 };
  };
  const next = [changed(first), ...others.map(changed)] as const;
  const expectation = expectationOf({ arms: next }, 'smoke');
  const followed = followedArm(expectation);
  const before = old.arms.find((arm) => arm.version === followed.name);
  const shown = (arms: readonly (typeof first)[]) =>
    arms.map(({ version, weight }) => `${version} ${weight}`).join(', ');
  return {
    before: shown(old.arms),
    after: shown(next),
    versions: next.map(({ version }) => version),
    expectation,
    arm: { name: followed.name, subset: before?.subset ?? followed.name },
    fromShare: before?.share ?? 0,
    toShare: followed.share,
  };
}

/** Load across the commit: the commit is pushed when the old share is on record, and the load ends with the verdict. */
async function observeCommit(
  claim: TrafficByCommitClaim,
  move: Move,
  streams: PathStreams,
  scene: Scene,
): Promise<Observation> {
  const files = withWeights(scene.source.files, claim.split.virtualService, claim.weights);
  const id = `${claim.id.replaceAll('/', '-')}-${claim.path.kind}`;
  const limitMs = scene.profile.budgets.commitObservedMs;
  const placed = await placeLoad(scene, id, claim.path, limitMs + scene.profile.load.maxDurationMs);
  const mostRequests = placed.request.ratePerSecond * (limitMs / 1000);
  const arrival = createArrival(move.arm.name, move.fromShare, move.toShare, mostRequests);
  const beside = await startBeside(claim, scene, move.versions);
  const over = new AbortController();
  let commit: Observation['commit'];
  let committing: Promise<void> | undefined;
  const push = async () => {
    commit = await scene.source.commit(files, `Move traffic: ${move.after}`);
  };
  const loadStartedAt = scene.now();
  const { load, progress, environment, now } = scene;
  const result = await runSplitPhase(
    {
      ...{ id, claimId: claim.id, title: `traffic after the commit of ${move.after}`, path: claim.path.kind },
      ...{ expectation: move.expectation, argvPrefix: placed.argvPrefix },
      load: { ...placed.request, receiver: claim.split.service },
      warmUpRequests: Math.ceil(placed.request.ratePerSecond * WARM_UP_SECONDS),
      generatorCores: scene.cores,
      armOf: versionReader(claim.split.service, placed.request.identify),
      onInOrder: streams.recorder(claim.path.kind),
      isJudged(sample, arm) {
        if (!committing && sample.startMs - loadStartedAt > BEFORE_MS) {
          committing = push();
          // the load stops and the error surfaces where `committing` is awaited
          committing.catch(() => over.abort());
        }
        const judged = arrival.observe(sample, arm);
        if (!arrival.alarmed && commit && sample.startMs - commit.pushedAt > limitMs) over.abort();
        return judged;
      },
    },
    { load, progress, environment, now, samples: scene.evidence.createSamples(`samples-${id}.jsonl.gz`) },
    AbortSignal.any([scene.signal, over.signal]),
  ).catch(async (error: unknown) => {
    // the first error matters more than one of the load beside it
    await beside?.load.stop().catch(() => undefined);
    throw error;
  });
  const observedBeside = await beside?.load.stop();
  if (beside && observedBeside) addToStream(streams, beside.path, observedBeside);
  await committing;
  return {
    ...{ result, commit, waitedLongEnough: over.signal.aborted },
    beside: beside && observedBeside && { result: observedBeside, path: beside.path },
    arrived: arrival.alarmed && commit ? arrival.located() : undefined,
  };
}

/** Where the load across the commit was too fast for a verdict on the new shares, one follows that is not. */
async function settledShare(
  claim: TrafficByCommitClaim,
  { after, expectation }: Move,
  { result, arrived }: Observation,
  scene: Scene,
): Promise<GentlyRun<SplitPhaseResult>> {
  if (arrived === undefined) return { run: result };
  const asked = {
    id: `${claim.id.replaceAll('/', '-')}-${claim.path.kind}`,
    title: `traffic after the commit of ${after}`,
    ...{ claimId: claim.id, path: claim.path, service: claim.split.service, expectation },
  };
  return runGently(
    async (gentler) => (gentler === undefined ? result : runSteadyLoad(asked, scene, gentler)),
    (seen) => seen,
    scene.signal,
  );
}

function movedSentence(
  { arrived, commit, waitedLongEnough }: Observation,
  shares: string,
  { arm, toShare }: Move,
  limitMs: number,
): string {
  const target = `${toShare * 100} %`;
  if (arrived && commit) {
    const after = (ms: number) => seconds(ms - commit.pushedAt);
    return `${after(arrived.atMs)} after the push clients got the new share (99 % set ${after(arrived.lowMs)} to ${after(arrived.highMs)}); ${shares}`;
  }
  return waitedLongEnough
    ? `The share of ${arm.name} did not move towards ${target} within ${seconds(limitMs)} of the commit.`
    : `The load ended before the share of ${arm.name} could move towards ${target}${commit ? '' : ', and before the commit'}.`;
}
