/**
 * Claim kind `traffic-by-commit`: a commit that only changes weights moves the observed shares, and no pod is touched.
 *
 * Load runs across the commit. A CUSUM (h = ln(n/α)) says when the new share has arrived, the change point is located
 * with its 99 % confidence set, and only requests started after the alarm are judged against the new weights.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { containerStatuses } from '../../k8s/client/readiness.ts';
import type { LedgerReport } from '../../reports/model/ledger-report.ts';
import { withWeights } from '../profile/edit-manifests.ts';
import type { TrafficByCommitClaim, TrafficPath } from '../profile/profile.ts';
import { changeTime } from '../stats/change-time.ts';
import { alarmThreshold, createCumulativeSum } from '../stats/cumulative-sum.ts';
import { onEvidence } from '../verdict/combine.ts';
import type { RequestSample } from '../verdict/request-sample.ts';
import { claimLedger, createPathStreams, type PathStreams } from './claim-ledger.ts';
import { declaredSplit, expectationOf } from './claim-split.ts';
import { isAutomated } from './deploy-profile.ts';
import { type RolloutLoadResult, type RunningLoad, startRolloutLoad } from './rollout-load.ts';
import { APPLICATIONS, type ClaimResult, type Scene, seconds } from './scene.ts';
import { followedArm, runSplitPhase } from './split-phase.ts';
import { placeLoad, versionReader } from './traffic-path.ts';

const FALSE_ALARM = 1e-3;
const CONFIDENCE = 0.99;
/** The old share must be on record before the commit. */
const BEFORE_MS = 2_000;
const WARM_UP_SECONDS = 1;
/** The other client path is observed beside the judged one, at a rate that the machine hardly feels. */
const BESIDE_PER_SECOND = 50;

interface PodIdentity {
  readonly uid: string;
  readonly restarts: number;
}

async function podIdentities(scene: Scene, namespace: string): Promise<ReadonlyMap<string, PodIdentity>> {
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace });
  const restarts = (pod: KubeObject) => containerStatuses(pod).reduce((sum, status) => sum + status.restartCount, 0);
  return new Map(pods.map((pod) => [pod.metadata.name, { uid: pod.metadata.uid ?? '', restarts: restarts(pod) }]));
}

function touchedPods(before: ReadonlyMap<string, PodIdentity>, after: ReadonlyMap<string, PodIdentity>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    return old?.uid !== now?.uid || old?.restarts !== now?.restarts;
  });
}

/** Follows the stream in start order until the new share has arrived. */
function createArrival(arm: string, before: number, after: number, n: number) {
  const cusum = createCumulativeSum(before, after, alarmThreshold(n, FALSE_ALARM));
  const hits: number[] = [];
  const startsMs: number[] = [];
  let alarmAtMs: number | undefined;
  return {
    observe(sample: RequestSample, answered: string | null): boolean {
      if (alarmAtMs !== undefined) return true;
      if (answered === null) return false;
      hits.push(answered === arm ? 1 : 0);
      startsMs.push(sample.startMs);
      if (cusum.observe(answered === arm)) alarmAtMs = sample.startMs;
      return false;
    },
    get alarmed() {
      return alarmAtMs !== undefined;
    },
    /** Unix milliseconds of the change: the most likely time and its confidence set. */
    located() {
      const { estimate, low, high } = changeTime(hits, before, after, CONFIDENCE);
      const at = (index: number) => startsMs[Math.min(index, startsMs.length - 1)] ?? 0;
      return { atMs: at(estimate), lowMs: at(low), highMs: at(high) };
    },
  };
}

export async function judgeTrafficByCommit(claim: TrafficByCommitClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { namespace } = claim.split.virtualService;
  const base = { id: claim.id, title: claim.title };
  const live = await scene.client.get(
    { ...APPLICATIONS, namespace: scene.application.namespace },
    scene.application.name,
  );
  if (!isAutomated(live))
    return {
      claim: {
        ...base,
        outcome: 'failed',
        sentence: `Automated sync of Application ${scene.application.name} is switched off in the cluster, so no commit moves anything.`,
        details: [],
        durationMs: scene.now() - startedAt,
      },
    };
  const old = declaredSplit(scene, claim.split);
  const files = withWeights(scene.source.files, claim.split.virtualService, claim.weights);
  const next = old.arms.map((arm) => ({
    ...arm,
    weight: claim.weights[arm.subset ?? ''] ?? 0,
    share: (claim.weights[arm.subset ?? ''] ?? 0) / 100,
  }));
  const expectation = expectationOf({ arms: next as unknown as typeof old.arms }, 'smoke');
  const followed = followedArm(expectation);
  const oldShare = old.arms.find((arm) => arm.version === followed.name)?.share ?? 0;
  const podsBefore = await podIdentities(scene, namespace);
  const id = `${claim.id.replaceAll('/', '-')}-${claim.path.kind}`;
  const limitMs = scene.profile.budgets.commitObservedMs;
  const placed = await placeLoad(scene, id, claim.path, limitMs + scene.profile.load.maxDurationMs);
  const arrival = createArrival(
    followed.name,
    oldShare,
    followed.share,
    placed.request.ratePerSecond * (limitMs / 1000),
  );
  const streams = createPathStreams(followed.name);
  const beside = await startBeside(
    claim,
    scene,
    next.map(({ version }) => version),
  );
  const over = new AbortController();
  let commit: { pushedAt: number; sha: string } | undefined;
  let committing: Promise<void> | undefined;
  const loadStartedAt = scene.now();
  const shares = next.map(({ version, weight }) => `${version} ${weight}`).join(', ');
  const result = await runSplitPhase(
    {
      id,
      claimId: claim.id,
      title: `traffic after the commit of ${shares}`,
      path: claim.path.kind,
      expectation,
      load: placed.request,
      argvPrefix: placed.argvPrefix,
      warmUpRequests: Math.ceil(placed.request.ratePerSecond * WARM_UP_SECONDS),
      generatorCores: scene.cores,
      armOf: versionReader(claim.split.service),
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
    {
      load: scene.load,
      samples: scene.evidence.createSamples(`samples-${id}.jsonl.gz`),
      progress: scene.progress,
      now: scene.now,
    },
    AbortSignal.any([scene.signal, over.signal]),
  ).catch(async (error: unknown) => {
    // the first error matters more than one of the load beside it
    await beside?.load.stop().catch(() => undefined);
    throw error;
  });
  const observedBeside = await beside?.load.stop();
  if (beside && observedBeside) addToStream(streams, beside.path, observedBeside);
  await committing;
  const touched = touchedPods(podsBefore, await podIdentities(scene, namespace));
  // otherwise the run was interrupted or the load broke off, and that the share did not move says nothing
  const waitedLongEnough = over.signal.aborted;
  const observed = arrival.alarmed && commit ? arrival.located() : undefined;
  const tookMs = observed && commit ? observed.atMs - commit.pushedAt : undefined;
  if (observed) scene.recorder.event('observed', `clients get ${shares}`, `${seconds(tookMs ?? 0)} after the push`);
  const sentences = [
    tookMs === undefined || !observed
      ? !waitedLongEnough
        ? `The load ended before the share of ${followed.name} could move towards ${followed.share * 100} %${commit ? '' : ', and before the commit'}.`
        : `The share of ${followed.name} did not move towards ${followed.share * 100} % within ${seconds(limitMs)} of the commit.`
      : `${seconds(tookMs)} after the push clients got the new share (99 % set ${seconds(observed.lowMs - (commit?.pushedAt ?? 0))} to ${seconds(observed.highMs - (commit?.pushedAt ?? 0))}); ${result.split.sentence}`,
    touched.length === 0
      ? `All ${podsBefore.size} pods are the same, none restarted.`
      : `Pods were replaced or restarted: ${touched.join(', ')}.`,
  ];
  const moved = onEvidence(waitedLongEnough ? 'failed' : 'inconclusive', result.books.outcome);
  const subset = old.arms.find(({ version }) => version === followed.name)?.subset ?? followed.name;
  const arm = { name: followed.name, subset };
  const { ledger, findings } = claimLedger(scene, claim.split, claim.title, arm, streams, startedAt);
  const blamed = findings.filter(({ severity }) => severity === 'error').map(({ sentence }) => sentence);
  const judged = touched.length > 0 ? 'failed' : tookMs === undefined ? moved : result.split.outcome;
  const outcome = blamed.length > 0 && judged !== 'invalid' ? 'failed' : judged;
  if (outcome !== 'passed') sentences.unshift(...blamed);
  const travelled = describeTravel(ledger);
  if (travelled) sentences.splice(-1, 0, travelled);
  return {
    claim: {
      ...base,
      outcome,
      sentence: sentences.join(' '),
      details: [
        { label: 'commit', value: commit?.sha ?? 'none' },
        { label: 'declared before', value: old.arms.map(({ version, weight }) => `${version} ${weight}`).join(', ') },
        { label: 'declared after', value: shares },
        ...(tookMs === undefined ? [] : [{ label: 'push to observed share', value: seconds(tookMs) }]),
      ],
      durationMs: scene.now() - startedAt,
    },
    splits: tookMs === undefined ? [] : [result.split],
    books: [result.books, ...(observedBeside ? [observedBeside.books] : [])],
    findings,
    series: [result.series, ...(beside && observedBeside ? [observedBeside.series(beside.path, followed.name)] : [])],
    ledgers: [ledger],
  };

  async function push(): Promise<void> {
    commit = await scene.source.commit(files, `Move traffic: ${shares}`);
  }
}

interface Beside {
  readonly path: TrafficPath['kind'];
  readonly load: RunningLoad;
}

/** The split's other client path, observed across the commit but not judged: its change is located from its answers. */
async function startBeside(
  claim: TrafficByCommitClaim,
  scene: Scene,
  versions: readonly string[],
): Promise<Beside | undefined> {
  const other = claim.split.paths.find((path) => path.kind !== claim.path.kind);
  if (!other) return undefined;
  const id = `${claim.id.replaceAll('/', '-')}-${other.kind}`;
  const longestMs = scene.profile.budgets.commitObservedMs + scene.profile.load.maxDurationMs;
  const rate = Math.min(BESIDE_PER_SECOND, other.ratePerSecond);
  const placed = await placeLoad({ ...scene, ratePerSecond: rate }, id, other, longestMs);
  const title = `the same commit as seen ${other.kind === 'mesh' ? 'inside the mesh' : 'through the ingress'}`;
  const load = startRolloutLoad({ id, title, placed, service: claim.split.service, versions }, scene);
  return { path: other.kind, load };
}

function addToStream(streams: PathStreams, path: Beside['path'], { stream }: RolloutLoadResult): void {
  const add = streams.recorder(path);
  for (const { startMs, version } of stream.entries()) add({ startMs }, version);
}

/** `Written to the API 7.1 s after the push, taken by 5 of 5 proxies within 0.2 s (skew 0.0 s).` */
function describeTravel({ changes }: LedgerReport): string | undefined {
  const change = changes.at(-1);
  if (!change) return undefined;
  const { declaredAtMs, gitAtMs, proxies, skewMs, observed } = change;
  const lags = proxies.flatMap(({ lagMs }) => lagMs ?? []);
  const written =
    gitAtMs === undefined
      ? 'The API object was written'
      : `The API object was written ${seconds(declaredAtMs - gitAtMs)} after the push`;
  const taken = `${lags.length} of ${proxies.length} proxies took it within ${lags.length > 0 ? Math.round(Math.max(...lags)) : '?'} ms${skewMs === undefined ? '' : ` (skew ${Math.round(skewMs)} ms)`}`;
  // the set and not its middle: at a modest rate the answers alone may place the change before the write
  const after = (ms: number) => Math.round(ms - declaredAtMs);
  const seen = observed.map(
    ({ path, lowMs, highMs }) => `${path} clients saw it ${after(lowMs)} to ${after(highMs)} ms after the write`,
  );
  return `${[written, taken, ...seen].join('; ')}.`;
}
