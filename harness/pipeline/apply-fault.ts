/** Makes a fault of the profile in the cluster behind Git's back, to prove that the claims notice. */
import { FIELD_MANAGER } from '../../k8s/client/cluster-client.ts';
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

/**
 * Takes away what faults of earlier runs applied or patched, on a cluster that was kept. A patched object goes whole and
 * comes back from Git: Argo CD heals only the fields that Git declares, and a fault may have added another.
 */
export async function withdrawFaults({ client, profile, recorder }: Scene): Promise<void> {
  const faults = await Promise.all((await listFaults(profile)).map((name) => loadFault(profile, name)));
  const left = [
    ...faults.flatMap(({ apply }) =>
      apply.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, ...metadata, ours: () => true })),
    ),
    ...faults.flatMap(({ patches }) => patches.map((patch) => ({ ...patch, ours: isPatched }))),
  ];
  for (const { apiVersion, kind, name, namespace, ours } of left) {
    const collection = collectionOf({ apiVersion, kind, namespace });
    const found = await client.get(collection, name);
    if (found === undefined || !ours(found)) continue;
    await client.delete(collection, name);
    recorder.event('harness', `${kind} ${namespace}/${name} of an earlier fault removed`);
  }
}

function isPatched({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager === FIELD_MANAGER);
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
