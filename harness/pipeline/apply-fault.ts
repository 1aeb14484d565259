/** Makes a fault of the profile in the cluster behind Git's back, to prove that the claims notice. */
import type { Fault } from '../profile/faults.ts';
import { APPLICATIONS, collectionOf, type Scene } from './scene.ts';

/** @throws HarnessError of the API when a patch does not fit */
export async function applyFault(fault: Fault, scene: Scene): Promise<void> {
  const step = scene.progress.step(`fault ${fault.name}: ${fault.title}`);
  if (fault.suspendAutoSync) {
    const applications = { ...APPLICATIONS, namespace: scene.application.namespace };
    await scene.client.patch(applications, scene.application.name, 'merge', { spec: { syncPolicy: { automated: null } } });
    scene.recorder.event('harness', 'fault: automated sync suspended');
  }
  for (const { patch, type, ...ref } of fault.patches) {
    await scene.client.patch(collectionOf(ref), ref.name, type, patch);
    scene.recorder.event('harness', `fault: ${ref.kind} ${ref.name} patched`, fault.title);
  }
  step.done('made');
}
