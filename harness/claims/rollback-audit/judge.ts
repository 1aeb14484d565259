/**
 * Claim kind `rollback-audit`: a commit moves the weights, and its revert brings back what was. Layer after layer, the first
 * that parts is the finding: Git holds the files of before, Argo CD's history tells the same commits as Git, the objects in
 * the cluster are as before, and so is what clients get.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { Commit } from '../../evidence/git-repository.ts';
import type { RepositoryFile } from '../../profile/collect-repository.ts';
import { withWeights } from '../../profile/edit-manifests.ts';
import { APPLICATIONS, applicationStatus, isAutomated, isSynced } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type ClientsSaw, clientsSee } from './clients-see.ts';
import type { RollbackAuditClaim } from './declaration.ts';
import { differences, type LiveState, readLiveState } from './live-state.ts';
import { type Audited, auditHistory, readDeployments, sourceOf } from './sync-history.ts';

interface Seen {
  readonly changed: Commit;
  readonly reverted: Commit;
  readonly audited: Audited;
  readonly objects: number;
  /** Between the objects before the commit and after its revert. */
  readonly differences: readonly string[];
  /** Clients after the commit, and after its revert. */
  readonly phases: readonly [ClientsSaw, ClientsSaw];
}

/**
 * @throws HarnessError HISTORY_UNREADABLE, LIVE_STATE_UNKNOWN (exit 3); PromiseNotKept of a commit that is not synced; the
 *   reason of the scene's signal
 */
export async function judgeRollbackAudit(claim: RollbackAuditClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const broken = await brokenBefore(scene);
  if (broken) return stopped(claim, broken, scene.now() - startedAt);
  const seen = await changeAndRevert(claim, scene);
  const finding = firstToPart(claim, seen, scene);
  const [changed, reverted] = seen.phases;
  const traffic = combineOutcomes(seen.phases.map(({ split }) => split.outcome));
  const outcome: Outcome = finding && finding.layer !== 'observed' ? 'failed' : traffic;
  const after = `clients after the commit: ${changed.split.sentence} After the revert: ${reverted.split.sentence}`;
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome },
      sentence: finding ? `${finding.sentence} ${capital(after)}` : `${agreed(seen)}; ${after}`,
      details: [
        { label: 'commit', value: seen.changed.sha },
        { label: 'revert', value: seen.reverted.sha },
        { label: "entries of Argo CD's history", value: `${seen.audited.entries}` },
        { label: 'objects compared', value: `${seen.objects}` },
      ],
      durationMs: scene.now() - startedAt,
    },
    splits: seen.phases.map(({ split }) => split),
    books: seen.phases.flatMap(({ books, tooFast }) => [...(tooFast ? [tooFast] : []), books]),
    series: seen.phases.map(({ series }) => series),
    findings: finding ? [finding] : [],
  };
}

/** What stands in the way before anything is committed, such as a rollback that somebody made. */
async function brokenBefore(scene: Scene): Promise<FindingReport | undefined> {
  const { parted } = await audit(scene);
  if (parted !== undefined) return historyParts(parted, scene);
  const { name } = scene.application;
  if (isAutomated(await applicationOf(scene))) return undefined;
  return {
    ...{ code: 'COMMITS_NOT_SYNCED', layer: 'git', severity: 'error', where: whereOf(scene) },
    sentence: `Automated sync of Application ${name} is switched off in the cluster, so no commit and no revert is deployed.`,
    hint: 'Argo CD allows a rollback only without automated sync: look who switched it off, and at its history.',
  };
}

function stopped({ id, title }: RollbackAuditClaim, finding: FindingReport, durationMs: number): ClaimResult {
  return {
    claim: { id, title, outcome: 'failed', sentence: finding.sentence, details: [], durationMs },
    findings: [finding],
  };
}

/** Git is put back also where the commit led nowhere: the claims that follow start from what is declared. */
async function changeAndRevert(claim: RollbackAuditClaim, scene: Scene): Promise<Seen> {
  const { source } = scene;
  const declared = source.files;
  const before = await stateAt(source.repository.commits.at(-1)?.sha ?? '', scene);
  const shown = Object.entries(claim.weights).map(([subset, weight]) => `${subset} ${weight}`);
  const message = `Move traffic: ${shown.join(', ')}`;
  try {
    const changed = await source.commit(withWeights(declared, claim.split.virtualService, claim.weights), message);
    await synced(changed.sha, scene);
    const moved = await clientsSee(
      claim,
      { name: 'changed', title: `traffic after the commit of ${shown.join(', ')}` },
      scene,
    );
    const text = `Revert "${message}"\n\nThis reverts commit ${changed.sha}.`;
    const reverted = await source.commit(declared, text);
    const after = await stateAt(reverted.sha, scene);
    const back = await clientsSee(claim, { name: 'reverted', title: 'traffic after the revert' }, scene);
    const audited = await audit(scene, [
      { commit: changed.sha, what: 'the commit' },
      { commit: reverted.sha, what: 'its revert' },
    ]);
    return {
      ...{ changed, reverted, audited, phases: [moved, back], objects: after.size },
      differences: differences(before, after),
    };
  } catch (error) {
    if (!scene.signal.aborted && !sameFiles(source.files, declared))
      await source.commit(declared, `Put back: ${message}`);
    throw error;
  }
}

async function audit(scene: Scene, expected: Parameters<typeof auditHistory>[3] = []): Promise<Audited> {
  const application = await applicationOf(scene);
  const deployments = readDeployments(application);
  const commits = scene.source.repository.commits.map(({ sha }) => sha);
  return auditHistory(deployments, commits, application ? sourceOf(application) : {}, expected);
}

/** The objects as they are when the cluster holds a commit. */
async function stateAt(commit: string, scene: Scene): Promise<LiveState> {
  return readLiveState(await synced(commit, scene), scene);
}

/** An entry of the history is written before the operation is called over, and that before the next comparison. */
function synced(commit: string, { client, application, profile, signal }: Scene) {
  return client.waitFor(
    { ...APPLICATIONS, namespace: application.namespace },
    application.name,
    (object) => isSynced(object, commit) && applicationStatus(object).operationState?.phase !== 'Running',
    subjectKeeps({
      what: `Application ${application.name} to be Synced at commit ${commit.slice(0, 12)}`,
      ...{ timeoutMs: profile.budgets.commitObservedMs, signal, layer: 'git' },
    }),
  );
}

const applicationOf = ({ client, application: { namespace, name } }: Scene) =>
  client.get({ ...APPLICATIONS, namespace }, name);

/** Of the layers, in the order in which a revert travels. */
function firstToPart(claim: RollbackAuditClaim, seen: Seen, scene: Scene): FindingReport | undefined {
  if (seen.audited.parted !== undefined) return historyParts(seen.audited.parted, scene);
  if (seen.differences.length > 0)
    return {
      ...{ code: 'REVERT_NOT_RESTORED', layer: 'api', severity: 'error', where: whereOf(scene) },
      sentence: `Argo CD says Synced at the revert ${short(seen.reverted)}, and the cluster is not as before: ${seen.differences.join(', ')}.`,
      hint: 'A field that Git does not declare, or that ignoreDifferences names, is not taken back by a revert.',
    };
  const wrong = seen.phases.find(({ split }) => split.outcome === 'failed');
  if (wrong === undefined) return undefined;
  return {
    ...{ code: 'REVERT_NOT_OBSERVED', layer: 'observed', severity: 'error', where: claim.id },
    sentence: `Git, history and cluster agree, and clients got something else (${wrong.split.title}).`,
    hint: 'Compare the proxies: an EnvoyFilter, another VirtualService for the host, or labels of the subsets.',
  };
}

function historyParts(parted: string, scene: Scene): FindingReport {
  return {
    ...{ code: 'HISTORY_PARTS_FROM_GIT', layer: 'git', severity: 'error', where: whereOf(scene) },
    sentence: `History and Git part: ${parted}.`,
    hint: 'Roll back by a revert in Git; `argocd app rollback` leaves no commit. How far the history goes back is revisionHistoryLimit.',
  };
}

function agreed({ changed, reverted, audited, objects }: Seen): string {
  return `Git and Argo CD's history agree in ${audited.entries} deployments, commit ${short(changed)} and its revert ${short(reverted)} among them; after the revert the files in Git and ${objects} object${objects === 1 ? '' : 's'} in the cluster are as before, byte for byte`;
}

function sameFiles(before: readonly RepositoryFile[], after: readonly RepositoryFile[]): boolean {
  const texts = new Map(after.map(({ path, text }) => [path, text]));
  return texts.size === before.length && before.every(({ path, text }) => texts.get(path) === text);
}

const whereOf = ({ application: { namespace, name } }: Scene) => `Application ${namespace}/${name}`;
const short = ({ sha }: Commit) => sha.slice(0, 12);
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
