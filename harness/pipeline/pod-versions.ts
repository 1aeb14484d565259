/** What the pods of a Rollout call themselves, by their label `version`. */
import { environmentError } from '../errors/harness-error.ts';
import type { NamedRef } from '../profile/profile.ts';
import type { Scene } from './scene.ts';

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
        hint: 'The pods need a label `version` that is how they name themselves, and one version before the canary.',
      });
    await scene.pause(LOOK_MS);
  }
}

async function podVersions(rollout: NamedRef, scene: Scene): Promise<ReadonlySet<string>> {
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace: rollout.namespace });
  return new Set(
    pods
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name.startsWith(`${rollout.name}-`)))
      .flatMap(({ metadata }) => metadata.labels?.version ?? []),
  );
}
