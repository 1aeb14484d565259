/**
 * Claim kind `canary-steps`: a commit of an image tag starts a canary, and clients of every path see the declared steps,
 * one by one. The weights are reconstructed from the answers; the Rollout's own status only says when it is over.
 */
import type { FindingReport, SplitReport, TimelineReport } from '../../reports/model/run-report.ts';
import { environmentError } from '../errors/harness-error.ts';
import { withImageTag } from '../profile/image-tag.ts';
import type { TrafficPath } from '../profile/profile.ts';
import type { CanaryStepsClaim } from '../profile/rollout-claim.ts';
import { combineOutcomes, onEvidence } from '../verdict/combine.ts';
import { heatMapOf, percentilesOf } from './latency-bins.ts';
import { replayAnalysis } from './replay-analysis.ts';
import { type RolloutLoadResult, type RunningLoad, startRolloutLoad } from './rollout-load.ts';
import {
  type DeclaredRollout,
  declaredShares,
  isRolloutSettled,
  ROLLOUTS,
  readRollout,
  rolloutStatus,
} from './rollout-object.ts';
import { promoteRollout, waitsForHuman } from './rollout-orders.ts';
import { type RolloutWatch, watchRollout } from './rollout-watch.ts';
import { type ClaimResult, type Scene, seconds } from './scene.ts';
import { leakFreeMs } from './share-verdict.ts';
import { judgeSteps, type PathSteps } from './step-verdict.ts';
import { placeLoad } from './traffic-path.ts';
import { ended } from './trial.ts';

const LOOK_MS = 500;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function judgeCanarySteps(claim: CanaryStepsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { namespace, name } = claim.rollout;
  const live = await scene.client.get({ ...ROLLOUTS, namespace }, name);
  if (!live) throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${namespace}/${name}`);
  const rollout = readRollout(live);
  const over = new AbortController();
  const watch = watchRollout(scene.client, rollout, scene.now, AbortSignal.any([scene.signal, over.signal]));
  const loads: RunningLoad[] = [];
  try {
    await watch.until(
      (seen) => isRolloutSettled(seen.rollout),
      `Rollout ${name} to be settled before the canary`,
      scene.profile.budgets.podsReadyMs,
    );
    const stableVersion = await versionNow(claim, scene);
    for (const path of claim.paths) loads.push(await startPath(claim, path, stableVersion, scene));
    await Promise.all(loads.map((load) => load.answered));
    // before and after, one version must be on record as the only one
    const alone = Math.max(
      ...claim.paths.map((path) => leakFreeMs(scene.assurance, scene.ratePerSecond ?? path.ratePerSecond)),
    );
    await pause(alone);
    const oldHash = rolloutStatus(watch.rollout).stableHash;
    const commit = await scene.source.commit(
      withImageTag(scene.source.files, claim.release),
      `Release ${claim.release.image} ${claim.release.tag}`,
    );
    await refresh(scene);
    await followRollout(claim, watch, oldHash, scene);
    await pause(alone);
    const results = await Promise.all(loads.map((load) => load.stop()));
    const analyses = (
      await Promise.all(
        [...watch.runs.values()].map((run) => replayAnalysis(run.object, `${namespace}/${name}`, scene)),
      )
    ).flat();
    const judged = claim.paths.map((path, i) =>
      judgeSteps(
        {
          claim,
          path: path.kind,
          rollout,
          stableVersion,
          assurance: scene.assurance,
          ratePerSecond: path.ratePerSecond,
        },
        results[i]!,
      ),
    );
    return assemble({
      claim,
      rollout,
      stableVersion,
      watch,
      judged,
      results,
      analyses,
      commitMs: commit.pushedAt,
      durationMs: scene.now() - startedAt,
      end: ended(watch, oldHash),
    });
  } finally {
    over.abort();
    await Promise.all(loads.map((load) => load.stop().catch(() => undefined)));
  }
}

/** What the pods call themselves before anything is released; those of an earlier canary are waited out. */
async function versionNow(claim: CanaryStepsClaim, scene: Scene): Promise<string> {
  const deadline = scene.now() + scene.profile.budgets.podsReadyMs;
  for (;;) {
    const versions = await podVersions(claim, scene);
    const [version, other] = versions;
    if (version !== undefined && other === undefined) return version;
    scene.signal.throwIfAborted();
    if (scene.now() > deadline)
      throw environmentError('ROLLOUT_NOT_SETTLED', `pods of ${claim.rollout.name} are of ${versions.size} versions`, {
        where: `Rollout ${claim.rollout.namespace}/${claim.rollout.name}`,
        hint: 'The pods need a label `version` that is how they name themselves, and one version before the canary.',
      });
    await pause(LOOK_MS);
  }
}

async function podVersions(claim: CanaryStepsClaim, scene: Scene): Promise<ReadonlySet<string>> {
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace: claim.rollout.namespace });
  return new Set(
    pods
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name.startsWith(`${claim.rollout.name}-`)))
      .flatMap(({ metadata }) => metadata.labels?.version ?? []),
  );
}

async function startPath(
  claim: CanaryStepsClaim,
  path: TrafficPath,
  stableVersion: string,
  scene: Scene,
): Promise<RunningLoad> {
  const id = `${claim.id.replaceAll('/', '-')}-${path.kind}`;
  const placed = await placeLoad(scene, id, path, scene.profile.budgets.rolloutEndsMs + 60_000);
  const title = `${claim.service} across the rollout, ${path.kind === 'mesh' ? 'in-mesh' : 'through the ingress'}`;
  const versions = [stableVersion, claim.release.version];
  return startRolloutLoad({ id, title, placed, service: claim.service, versions }, scene);
}

/** A commit would be seen at the next poll; this asks at once. How long the poll takes is another claim. */
async function refresh({ client, application }: Scene): Promise<void> {
  await client.patch(
    { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications', namespace: application.namespace },
    application.name,
    'merge',
    { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } },
  );
}

async function followRollout(
  claim: CanaryStepsClaim,
  watch: RolloutWatch,
  oldHash: string | undefined,
  scene: Scene,
): Promise<void> {
  const { budgets } = scene.profile;
  const step = scene.progress.step(`canary of ${claim.rollout.name}`);
  const shown = setInterval(() => {
    const { phase, stepIndex } = rolloutStatus(watch.rollout);
    step.update(`${phase}, step ${stepIndex ?? '-'}, declared weight ${watch.weights.at(-1)?.weight ?? 0} %`);
  }, 1_000);
  try {
    await watch.until(
      (seen) => rolloutStatus(seen.rollout).currentHash !== oldHash,
      `the commit to reach Rollout ${claim.rollout.name}`,
      budgets.commitObservedMs,
    );
    const isHumansTurn = (seen: RolloutWatch) => claim.promote && waitsForHuman(seen.rollout);
    for (;;) {
      await watch.until(
        (seen) => ended(seen, oldHash) !== undefined || isHumansTurn(seen),
        `the rollout of ${claim.rollout.name} to end`,
        budgets.rolloutEndsMs,
      );
      if (ended(watch, oldHash) !== undefined) break;
      await promoteRollout(scene, claim.rollout);
      await watch.until((seen) => !isHumansTurn(seen), 'the promoted step to go on', budgets.routesAppliedMs);
    }
    step.done(`${ended(watch, oldHash)}: ${rolloutStatus(watch.rollout).message || 'Healthy'}`);
  } catch (error) {
    step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    throw error;
  } finally {
    clearInterval(shown);
  }
}

interface StepRecord {
  readonly claim: CanaryStepsClaim;
  readonly rollout: DeclaredRollout;
  readonly stableVersion: string;
  readonly watch: RolloutWatch;
  readonly judged: readonly PathSteps[];
  readonly results: readonly RolloutLoadResult[];
  readonly analyses: NonNullable<ClaimResult['analyses']>;
  readonly commitMs: number;
  readonly durationMs: number;
  readonly end: string | undefined;
}

function assemble(record: StepRecord): ClaimResult {
  const { claim, judged, results, watch, end, analyses } = record;
  const splits: SplitReport[] = judged.flatMap((path) => path.splits);
  const replayed = analyses.flatMap(({ measurements }) => measurements);
  const disagreeing = replayed.filter(({ agrees }) => agrees === false).length;
  const findings: FindingReport[] = [
    ...judged.flatMap((path) => path.findings),
    ...(end === 'promoted'
      ? []
      : [
          {
            code: 'ROLLOUT_NOT_PROMOTED',
            layer: 'observed' as const,
            severity: 'error' as const,
            sentence: `The healthy version was not promoted, but ${end ?? 'did not end'}: ${rolloutStatus(watch.rollout).message}.`,
            where: `Rollout ${claim.rollout.namespace}/${claim.rollout.name}`,
            hint: 'Look at its AnalysisRuns: too little traffic in a window, or a metric that is not there yet.',
          },
        ]),
  ];
  const outcomes = judged.map((path, i) => onEvidence(path.outcome, results[i]!.books.outcome));
  const outcome = combineOutcomes([
    ...outcomes,
    ...(end === 'promoted' ? [] : ['failed' as const]),
    ...(disagreeing > 0 ? ['failed' as const] : []),
  ]);
  const declared = declaredShares(record.rollout).map((share) => `${share * 100}`);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        ...judged.map(({ sentence }) => sentence),
        ...results.flatMap(({ books }) =>
          books.outcome === 'invalid' ? [`The books of ${books.id} are bad: ${books.problems.join('; ')}.`] : [],
        ),
        ...findings.filter(({ code }) => code === 'ROLLOUT_NOT_PROMOTED').map(({ sentence }) => sentence),
      ].join(' '),
      details: [
        { label: 'declared steps', value: `${declared.join(' → ')} %` },
        ...judged.flatMap(({ details }) => details),
        {
          label: 'oracle',
          value: `agrees with ${replayed.filter(({ agrees }) => agrees).length} of ${replayed.length} measurements`,
        },
      ],
      durationMs: record.durationMs,
    },
    splits,
    books: results.map(({ books }) => books),
    findings,
    timelines: [timeline(record)],
    analyses,
    heatMaps: [heatMapOf(`Latency across the rollout of ${claim.rollout.name}`, results[0]!.stream, trackOf(record))],
    percentiles: [percentilesOf(`Latency by quantile, ${claim.rollout.name}`, results[0]!.stream, trackOf(record))],
  };
}

const trackOf =
  ({ stableVersion }: StepRecord) =>
  (version: string) =>
    version === stableVersion ? ('stable' as const) : ('canary' as const);

/** What was declared by the controller's writes, and what clients of every path got. */
function timeline({ claim, watch, judged, results, commitMs, stableVersion }: StepRecord): TimelineReport {
  const { version } = claim.release;
  const lane = (name: string, atMs: number, label: string, detail?: string) => ({
    atMs,
    lane: name,
    label,
    ...(detail === undefined ? {} : { detail }),
  });
  return {
    title: `Share of ${version} across the rollout of ${claim.rollout.name}`,
    arm: version,
    declared: watch.weights.map(({ atMs, weight, resourceVersion }) => ({
      atMs,
      share: weight / 100,
      layer: 'api' as const,
      source: `VirtualService resourceVersion ${resourceVersion}`,
    })),
    series: results.map((result, i) => result.series(claim.paths[i]!.kind, version)),
    events: [
      lane('Git', commitMs, `tag ${claim.release.tag}`, `${stableVersion} → ${version}`),
      ...watch.statuses.map(({ atMs, status }) =>
        lane('Rollout', atMs, `${status.phase}, step ${status.stepIndex ?? '-'}`, status.message || undefined),
      ),
      ...[...watch.runs.values()].flatMap(({ object, phases }) =>
        phases.map(({ atMs, phase }) => lane('AnalysisRun', atMs, `${object.metadata.name} ${phase}`)),
      ),
      ...judged.flatMap(({ path, changes }) =>
        changes.map(({ atMs, lowMs, highMs, from, to }) =>
          lane(
            'observed',
            atMs,
            `${path}: ${from * 100} → ${to * 100} %`,
            `99 % set ${seconds(lowMs - atMs)} to +${seconds(highMs - atMs)}`,
          ),
        ),
      ),
    ].sort((a, b) => a.atMs - b.atMs),
  };
}
