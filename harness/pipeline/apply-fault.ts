/** Makes a fault of the profile in the cluster behind Git's back, to prove that the claims notice. */
import type { Fault } from '../profile/faults.ts';
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
  for (const { patch, type, ...ref } of fault.patches) {
    await scene.client.patch(collectionOf(ref), ref.name, type, patch);
    scene.recorder.event('harness', `fault: ${ref.kind} ${ref.name} patched`, fault.title);
  }
  step.done('made');
}
