/** Makes a fault of the profile in the cluster behind Git's back, to prove that the claims notice. */
import { type KubeObject, objectName } from '../../k8s/client/object.ts';
import { withWeights } from '../profile/edit-manifests.ts';
import { type Fault, listFaults, loadFault } from '../profile/faults.ts';
import { applicationStatus, isSyncedAndHealthy } from './deploy-profile.ts';
import { APPLICATIONS, collectionOf, type Scene } from './scene.ts';

const REFRESH = 'argocd.argoproj.io/refresh';

/** @throws HarnessError of the API when a patch does not fit */
export async function applyFault(fault: Fault, scene: Scene): Promise<void> {
  const step = scene.progress.step(`fault ${fault.name}: ${fault.title}`);
  if (fault.suspendAutoSync) {
    const applications = { ...APPLICATIONS, namespace: scene.application.namespace };
    const { name } = scene.application;
    await scene.client.patch(applications, name, 'merge', {
      metadata: { annotations: { [REFRESH]: 'normal' } },
      spec: { syncPolicy: { automated: null } },
    });
    // the controller takes the annotation away when it has looked at this version; before, it would still heal
    await scene.client.waitFor(applications, name, (object) => object?.metadata.annotations?.[REFRESH] === undefined, {
      timeoutMs: scene.profile.budgets.applicationSyncedMs,
      what: `Argo CD to notice that automated sync of ${name} is off`,
      signal: scene.signal,
    });
    scene.recorder.event('harness', 'fault: automated sync suspended');
  }
  for (const object of fault.apply) {
    await scene.client.apply([object]);
    scene.recorder.event('harness', `fault: ${objectName(object)} applied`, fault.title);
  }
  for (const { patch, type, ...ref } of fault.patches) {
    await scene.client.patch(collectionOf(ref), ref.name, type, patch);
    scene.recorder.event('harness', `fault: ${ref.kind} ${ref.name} patched`, fault.title);
  }
  if (fault.commit) await commitWeights(fault.commit, fault.suspendAutoSync, scene);
  step.done('made');
}

/** Takes away what faults of earlier runs applied, on a cluster that was kept; Git undoes what they patched. */
export async function withdrawFaults({ client, profile, recorder }: Scene): Promise<void> {
  for (const name of await listFaults(profile))
    for (const object of (await loadFault(profile, name)).apply) {
      const collection = collectionOf({ ...object, namespace: object.metadata.namespace ?? '' });
      if ((await client.get(collection, object.metadata.name)) === undefined) continue;
      await client.delete(collection, object.metadata.name);
      recorder.event('harness', `${objectName(object)} of an earlier fault removed`);
    }
}

/** Commits, and waits until the commit is applied, where something is there to apply it. */
async function commitWeights(
  { virtualService, weights }: NonNullable<Fault['commit']>,
  suspended: boolean,
  scene: Scene,
): Promise<void> {
  const files = withWeights(scene.source.files, virtualService, weights);
  const shown = Object.entries(weights).map(([subset, weight]) => `${subset} ${weight}`);
  const { sha } = await scene.source.commit(files, `Fault: ${shown.join(', ')}`);
  const applications = { ...APPLICATIONS, namespace: scene.application.namespace };
  const { name } = scene.application;
  await scene.client.patch(applications, name, 'merge', { metadata: { annotations: { [REFRESH]: 'normal' } } });
  const noticed = (object: KubeObject | undefined) =>
    suspended
      ? applicationStatus(object).sync?.revision === sha && object?.metadata.annotations?.[REFRESH] === undefined
      : isSyncedAndHealthy(object, sha);
  await scene.client.waitFor(applications, name, noticed, {
    timeoutMs: scene.profile.budgets.applicationSyncedMs,
    what: `Argo CD to ${suspended ? 'compare with' : 'apply'} commit ${sha.slice(0, 12)}`,
    signal: scene.signal,
  });
}
