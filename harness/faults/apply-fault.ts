/** Makes a fault of the profile in the cluster behind Git's back, to prove that the claims notice. */
import { FIELD_MANAGER } from '../../k8s/client/cluster-client.ts';
import { type KubeObject, objectName } from '../../k8s/client/object.ts';
import { deployProfile } from '../delivery/deploy-profile.ts';
import { refreshUntil, suspendAutomatedSync } from '../delivery/refresh-application.ts';
import type { Weights } from '../documents/references.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import { withWeights } from '../profile/edit-manifests.ts';
import { withTextEdits } from '../profile/edit-text.ts';
import { type Fault, type FaultCommit, listFaults, loadFault } from '../profile/faults.ts';
import { applicationStatus, isSyncedAndHealthy } from '../scene/application.ts';
import type { Scene } from '../scene/scene.ts';
import { openBadController, webhookObject } from './bad-controller/open-bad-controller.ts';
import { declaredHolds } from './declared-holds.ts';
import { commitWithout, rollBackTo } from './roll-back.ts';

/**
 * @returns what keeps the fault up, where something has to; disposing of it takes back that part alone
 * @throws HarnessError of the API when a patch does not fit
 */
export async function applyFault(fault: Fault, scene: Scene): Promise<AsyncDisposable> {
  const step = scene.progress.step(`fault ${fault.name}: ${fault.title}`);
  scene.recorder.event('fault', fault.name, fault.title);
  const rollBack = fault.rollback && (await commitWithout(fault.rollback, scene));
  if (fault.suspendAutoSync) {
    await suspendAutomatedSync(scene);
    scene.recorder.event('harness', 'fault: automated sync suspended');
  }
  for (const object of fault.apply) {
    await scene.client.apply([object]);
    scene.recorder.event('harness', `fault: ${objectName(object)} applied`, fault.title);
  }
  for (const { patch, type, ...ref } of fault.patches) {
    await scene.client.patch(await scene.client.locate(ref), ref.name, type, patch);
    scene.recorder.event('harness', `fault: ${ref.kind} ${ref.name} patched`, fault.title);
  }
  if (fault.commit) await commitChange(fault.commit, fault.suspendAutoSync, scene);
  if (rollBack !== undefined) await rollBackTo(rollBack, scene);
  const kept = fault.controller ? await openBadController(fault.name, fault.controller, scene) : NOTHING_TO_KEEP;
  step.done('made');
  return kept;
}

const NOTHING_TO_KEEP: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

/**
 * Takes away what faults of earlier runs applied or patched, on a cluster that was kept. A patched object goes whole and
 * comes back from Git: Argo CD heals only the fields that Git declares, and a fault may have added another.
 */
export async function withdrawFaults(scene: Scene): Promise<void> {
  const { profile } = scene;
  const faults = await Promise.all((await listFaults(profile)).map((name) => loadFault(profile, name)));
  await removeObjects(faults, 'an earlier fault', scene);
}

/**
 * Back to what was declared before the fault: its objects go, Git says the old again in a commit of its own, automated
 * sync is on. Resolves when API object and proxies hold the declared split and every declared version answers clients.
 * @throws HarnessError FAULT_STAYS, and those of the deployment
 */
export async function withdrawFault(fault: Fault, declared: readonly RepositoryFile[], scene: Scene): Promise<void> {
  scene.recorder.event('fault', `${fault.name} withdrawn`);
  await removeObjects([fault], `fault ${fault.name}`, scene);
  const { sha } = await scene.source.commit(declared, `Withdraw fault ${fault.name}`);
  // automated sync that is switched on before would apply the commit that was newest so far
  await refreshUntil(scene, comparison(sha));
  await deployProfile(scene, sha);
  await declaredHolds(scene);
}

async function removeObjects(
  faults: readonly Fault[],
  whose: string,
  { client, recorder }: Pick<Scene, 'client' | 'recorder'>,
): Promise<void> {
  const left = [
    ...faults.flatMap(({ apply }) =>
      apply.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, ...metadata })),
    ),
    ...faults.flatMap(({ patches }) => patches),
    ...faults.flatMap(({ name, controller }) => (controller ? [webhookObject(name)] : [])),
  ];
  for (const { apiVersion, kind, name, namespace } of left) {
    const collection = await client.locate({ apiVersion, kind, namespace }).catch(unknownKindIsUndefined);
    if (collection === undefined) continue;
    const found = await client.get(collection, name);
    if (found === undefined || !isWrittenByUs(found)) continue;
    await client.delete(collection, name);
    recorder.event('harness', `${kind} ${namespace}/${name} of ${whose} removed`);
  }
}

/** Of a kind that the cluster does not serve nothing can be there. */
function unknownKindIsUndefined(error: unknown): undefined {
  if (error instanceof HarnessError && error.code === 'KIND_UNKNOWN') return undefined;
  throw error;
}

/** An object of that name that we never wrote to is none of ours, whatever a fault would call its own. */
function isWrittenByUs({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager === FIELD_MANAGER);
}

/** Commits, and waits until the commit is applied, where something is there to apply it. */
async function commitChange(change: FaultCommit, suspended: boolean, scene: Scene): Promise<void> {
  const { files: before } = scene.source;
  const [files, shown] =
    'file' in change
      ? [withTextEdits(before, change.file, change.edits), change.file]
      : [withWeights(before, change.virtualService, change.weights), inWords(change.weights)];
  const { sha } = await scene.source.commit(files, `Fault: ${shown}`);
  await refreshUntil(scene, suspended ? comparison(sha) : application(sha));
}

function inWords(weights: Weights): string {
  return Object.entries(weights)
    .map(([subset, weight]) => `${subset} ${weight}`)
    .join(', ');
}

const comparison = (sha: string) => ({
  what: `Argo CD to compare with commit ${sha.slice(0, 12)}`,
  met: (object: KubeObject | undefined) => applicationStatus(object).sync?.revision === sha,
});

const application = (sha: string) => ({
  what: `Argo CD to apply commit ${sha.slice(0, 12)}`,
  met: (object: KubeObject | undefined) => isSyncedAndHealthy(object, sha),
});
