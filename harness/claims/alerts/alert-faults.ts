/** Faults that raise alerts, each with what undoes it. */

import { suspendAutomatedSync } from '../../delivery/refresh-application.ts';
import type { NamedRef } from '../../documents/references.ts';
import { withRelease } from '../../profile/release.ts';
import { ROLLOUTS, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { APPLICATIONS } from '../../scene/application.ts';
import type { Scene } from '../../scene/scene.ts';
import { changeBehaviour } from '../../stage/inject-behaviour.ts';
import type { AlertFault } from './declaration.ts';

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
      await source.commit(withRelease(files, fault.release), `Release ${fault.release.version}`);
      return () => source.commit(files, `Revert: release ${fault.release.version}`);
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
