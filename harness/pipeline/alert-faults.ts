/** Faults that raise alerts, each with what undoes it. */
import type { AlertFault } from '../profile/delivery-claim.ts';
import { withImageTag } from '../profile/image-tag.ts';
import type { NamedRef } from '../profile/profile.ts';
import { changeBehaviour } from './inject-behaviour.ts';
import { suspendAutomatedSync } from './refresh-application.ts';
import { ROLLOUTS, rolloutStatus } from './rollout-object.ts';
import { APPLICATIONS, type Scene } from './scene.ts';

/** @returns what undoes it; @throws HarnessError BEHAVIOUR_NO_PODS, BEHAVIOUR_REFUSED, WAIT_TIMEOUT */
export async function makeAlertFault(
  fault: AlertFault,
  rollout: NamedRef,
  scene: Scene,
): Promise<() => Promise<unknown>> {
  const { source } = scene;
  switch (fault.kind) {
    case 'behaviour': {
      const live = await scene.client.get({ ...ROLLOUTS, namespace: rollout.namespace }, rollout.name);
      const hash = rolloutStatus(live).currentHash ?? '';
      await changeBehaviour(scene, rollout.namespace, hash, fault.change);
      return () => changeBehaviour(scene, rollout.namespace, hash, {});
    }
    case 'outage':
      return makeOutage(rollout, scene);
    case 'release': {
      const { files } = source;
      await source.commit(withImageTag(files, fault.release), `Release ${fault.release.tag}`);
      return () => source.commit(files, `Revert: release ${fault.release.tag}`);
    }
  }
}

/** Scales to nothing behind Git's back, which Argo CD would heal at once were it not told to leave it. */
async function makeOutage({ namespace, name }: NamedRef, scene: Scene): Promise<() => Promise<unknown>> {
  const { client, application } = scene;
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  const rollouts = { ...ROLLOUTS, namespace };
  const [owner, live] = await Promise.all([client.get(applications, application.name), client.get(rollouts, name)]);
  const automated =
    (owner?.spec as { syncPolicy?: { automated?: unknown } } | undefined)?.syncPolicy?.automated ?? null;
  const replicas = (live?.spec as { replicas?: number } | undefined)?.replicas ?? 1;
  await suspendAutomatedSync(scene);
  await client.patch(rollouts, name, 'merge', { spec: { replicas: 0 } });
  return async () => {
    await client.patch(rollouts, name, 'merge', { spec: { replicas } });
    await client.patch(applications, application.name, 'merge', { spec: { syncPolicy: { automated } } });
  };
}
