/** Claim kind `sidecars`: every pod of the meshed namespaces is ready with its proxy, and no pod elsewhere has one. */
import { containerStatuses, isPodDone, isPodReady } from '../../../k8s/client/readiness.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { hasContainer } from '../../scene/pods.ts';
import type { Scene } from '../../scene/scene.ts';
import type { SidecarsClaim } from './declaration.ts';

export async function judgeSidecars(claim: SidecarsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const problems: string[] = [];
  const details: { label: string; value: string }[] = [];
  const podsOf = async (namespace: string) =>
    (await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace })).filter(
      (pod) => pod.metadata.deletionTimestamp === undefined && !isPodDone(pod),
    );
  let meshed = 0;
  for (const namespace of claim.namespaces) {
    const pods = await podsOf(namespace);
    if (pods.length === 0) problems.push(`${namespace} has no pods`);
    for (const pod of pods) {
      const ready = containerStatuses(pod).filter((status) => status.ready).length;
      const all = containerStatuses(pod).length;
      details.push({ label: `${namespace}/${pod.metadata.name}`, value: `${ready}/${all} ready` });
      if (!hasContainer(pod, claim.container))
        problems.push(`${namespace}/${pod.metadata.name} has no ${claim.container}`);
      else if (!isPodReady(pod)) problems.push(`${namespace}/${pod.metadata.name} is ${ready}/${all} ready`);
      else meshed += 1;
    }
  }
  for (const namespace of claim.outsideMesh)
    for (const pod of await podsOf(namespace))
      if (hasContainer(pod, claim.container))
        problems.push(`${namespace}/${pod.metadata.name} is inside the mesh, but ${namespace} must stay outside`);
  const isVacant = claim.namespaces.length === 0 && problems.length === 0;
  const outcome = isVacant ? 'inconclusive' : problems.length === 0 ? 'passed' : 'failed';
  const sentence = isVacant
    ? 'No namespace of the profile is in the mesh, so there is no pod to look at.'
    : outcome === 'passed'
      ? `${meshed} of ${meshed} pods are ready with ${claim.container}${claim.outsideMesh.map((name) => `; ${name} is outside the mesh`).join('')}.`
      : `${problems.join('; ')}.`;
  return {
    claim: { id: claim.id, title: claim.title, outcome, sentence, details, durationMs: scene.now() - startedAt },
  };
}
