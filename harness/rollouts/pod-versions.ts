/**
 * What the pods of a Rollout call themselves. The stand-in says the tag of its image; a program of the user's is taken at
 * its label `version`, and where there is none at the tag of its image.
 */

import type { NamedRef } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { Scene } from '../scene/scene.ts';
import { HASH_LABEL } from './rollout-object.ts';
import { versionOfPod } from './version-of-pod.ts';

const LOOK_MS = 500;

/**
 * The only version of all pods, before anything is released; those of an earlier canary are waited out.
 * @throws HarnessError ROLLOUT_NOT_SETTLED
 */
export async function versionNow(rollout: NamedRef, scene: Scene): Promise<string> {
  const deadline = scene.now() + scene.profile.budgets.podsReadyMs;
  for (;;) {
    const versions = await podVersions(rollout, scene);
    const [version, other] = versions;
    if (version !== undefined && other === undefined) return version;
    scene.signal.throwIfAborted();
    if (scene.now() > deadline)
      throw environmentError('ROLLOUT_NOT_SETTLED', `pods of ${rollout.name} are of ${versions.size} versions`, {
        where: `Rollout ${rollout.namespace}/${rollout.name}`,
        hint: 'Pods are told apart by the tag of their image, or by a label `version`; before the canary there is one version.',
      });
    await scene.pause(LOOK_MS);
  }
}

async function podVersions(rollout: NamedRef, { client, profile, cluster }: Scene): Promise<ReadonlySet<string>> {
  const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace: rollout.namespace });
  const standIns = cluster.provider === 'local' ? profile.images : [];
  return new Set(
    pods
      .filter(({ metadata }) => {
        // as Argo Rollouts names its ReplicaSets: the Deployment reviews-v2 may stand beside the Rollout reviews
        const replicaSet = `${rollout.name}-${metadata.labels?.[HASH_LABEL]}`;
        return metadata.ownerReferences?.some(({ name }) => name === replicaSet);
      })
      .flatMap((pod) => versionOfPod(pod, standIns) ?? []),
  );
}
