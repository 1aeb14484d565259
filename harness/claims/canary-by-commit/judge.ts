/**
 * Claim kind `canary-by-commit`: clients of every path send from the first commit to the last. Each commit must reach them,
 * proven in start order before the next is made; no pod is touched and no request lost; the revert of the last brings the
 * share before it back; and when the canary begins to fail, a commit takes it away in time.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { DeclaredArm } from '../../lint/routes/declared-split.ts';
import type { RepositoryFile } from '../../profile/collect-repository.ts';
import { APPLICATIONS, isAutomated } from '../../scene/application.ts';
import { claimLedger, createPathStreams } from '../../scene/claim-ledger.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { podIdentities, touchedPods } from '../../scene/pod-identities.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { type Aborted, abortCanary } from './abort.ts';
import type { CanaryByCommitClaim } from './declaration.ts';
import { type RunningClients, startClients, type Versions } from './running-clients.ts';
import { type Stage, stepsAndRevert, synced, walkStage } from './stages.ts';
import { resultOf, type Walked } from './verdict.ts';

/** Beside what a stage waits for: pushes, answers under way, stand-ins that are told. */
const MORE_MS = 15_000;
const PUT_BACK = 'Put back: weights';

/**
 * @throws PromiseNotKept of a commit that is not synced; HarnessError LOAD_SILENT, RECEIVER_MISSING, BEHAVIOUR_REFUSED
 *   (exit 3); the reason of the scene's signal
 */
export async function judgeCanaryByCommit(claim: CanaryByCommitClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const unsynced = await notSynced(scene);
  if (unsynced) return stopped(claim, unsynced, scene.now() - startedAt);
  const { namespace } = claim.split.virtualService;
  const { arms } = declaredSplit(scene, claim.split);
  const armOf = (subset: string) => arms.find((arm) => arm.subset === subset) ?? arms[0];
  const canary = armOf(claim.canary);
  const versions: Versions = { stable: armOf(claim.stable).version, canary: canary.version };
  const streams = createPathStreams(canary.version);
  const before = await podIdentities(scene, namespace);
  const declared = scene.source.files;
  const clients = await startClients(claim, { versions, streams, mostMs: mostMs(claim, scene) }, scene);
  const walked = await walk(claim, { clients, versions, canary, declared }, scene);
  const touched = touchedPods(before, await podIdentities(scene, namespace));
  const followed = { name: canary.version, subset: claim.canary };
  const { ledger, findings } = claimLedger(scene, claim.split, claim, followed, streams, startedAt);
  return resultOf(
    claim,
    { ...walked, versions, pods: before.size, touched, ledger, blamed: findings },
    scene.now() - startedAt,
  );
}

interface Walk {
  readonly clients: RunningClients;
  readonly versions: Versions;
  readonly canary: DeclaredArm;
  readonly declared: readonly RepositoryFile[];
}

/** Git is put back whatever happens, unless the run is over: the claims that follow start from what is declared. */
async function walk(
  claim: CanaryByCommitClaim,
  { clients, versions, canary, declared }: Walk,
  scene: Scene,
): Promise<Walked> {
  const stages: Stage[] = [];
  let aborted: Aborted | undefined;
  try {
    for (const asked of stepsAndRevert(claim, { files: declared, percent: canary.weight })) {
      const stage = await walkStage(claim, asked, { clients, versions }, scene);
      stages.push(stage);
      if (!stage.isProven) break;
    }
    const { abort } = claim;
    if (abort && stages.every(({ isProven }) => isProven))
      aborted = await abortCanary({ ...claim, abort }, canary, { clients, versions }, scene);
    if (stages.every(({ isProven }) => isProven) && !sameTexts(scene.source.files, declared)) {
      const { sha } = await scene.source.commit(declared, PUT_BACK);
      await synced(sha, 'what was declared before', scene);
    }
    return { stages, aborted, seen: await clients.stop() };
  } finally {
    if (!scene.signal.aborted && !sameTexts(scene.source.files, declared))
      await scene.source.commit(declared, PUT_BACK);
    await clients.stop().catch(() => undefined);
  }
}

/** What is committed is synced by nobody. */
async function notSynced({ client, application: { name, namespace } }: Scene): Promise<FindingReport | undefined> {
  if (isAutomated(await client.get({ ...APPLICATIONS, namespace }, name))) return undefined;
  return {
    ...{ code: 'COMMITS_NOT_SYNCED', layer: 'git', severity: 'error', where: `Application ${namespace}/${name}` },
    sentence: `Automated sync of Application ${name} is switched off in the cluster, so no commit moves the canary, and none takes it back.`,
    hint: 'Look who switched it off: spec.syncPolicy.automated of the Application in the cluster, and in Git.',
  };
}

function stopped({ id, title }: CanaryByCommitClaim, finding: FindingReport, durationMs: number): ClaimResult {
  return {
    claim: { id, title, outcome: 'failed', sentence: finding.sentence, details: [], durationMs },
    findings: [finding],
  };
}

function mostMs({ steps }: CanaryByCommitClaim, { profile: { budgets, load } }: Scene): number {
  const stage = load.maxDurationMs + budgets.commitObservedMs + budgets.routesAppliedMs + MORE_MS;
  // the steps, the revert, and the abort with the time in which its objective breaks
  return (steps.length + 2) * stage + budgets.commitObservedMs;
}

function sameTexts(before: readonly RepositoryFile[], after: readonly RepositoryFile[]): boolean {
  const texts = new Map(after.map(({ path, text }) => [path, text]));
  return texts.size === before.length && before.every(({ path, text }) => texts.get(path) === text);
}
