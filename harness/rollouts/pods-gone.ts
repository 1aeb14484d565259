/** Pods on their way out still answer, and whoever is told of them late still asks them: a claim begins without any. */
import { environmentError } from '../errors/harness-error.ts';
import type { Scene } from '../scene/scene.ts';

const PODS = { apiVersion: 'v1', resource: 'pods' } as const;
const LOOK_MS = 250;

/** @throws HarnessError PODS_STAY (environment): the kubelet ends them, and nothing of the subject has a say in that */
export async function untilNoneIsGoing(
  namespace: string,
  scene: Pick<Scene, 'client' | 'now' | 'pause' | 'profile'>,
): Promise<void> {
  const deadline = scene.now() + scene.profile.budgets.podsReadyMs;
  for (;;) {
    const pods = await scene.client.list({ ...PODS, namespace });
    if (pods.every(({ metadata }) => metadata.deletionTimestamp === undefined)) return;
    if (scene.now() > deadline)
      throw environmentError('PODS_STAY', `pods of ${namespace} are still on their way out`, { where: namespace });
    await scene.pause(LOOK_MS);
  }
}
