/** A run on a cluster of others, in a process that can be killed: `shared-actor.ts ORDERS`. Prints how many kill points it passed. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import { applyFault, withdrawFaults } from '../../faults/apply-fault.ts';
import { loadFault } from '../../profile/faults.ts';
import type { Profile } from '../../profile/profile.ts';
import { writeAsConform } from '../cluster-of-others.ts';
import { createSilentProgress } from '../fakes/silent-progress.ts';
import { SHARED_NAME, SHARED_SPEC, userOf } from '../user-of-shared.ts';
import { watchKillPoints } from './kill-points.ts';
import { declaredObjects, faultFile, sceneWithFault } from './shared-fault.ts';
import { LEASE_TIMES, REMOVAL_TIMES, type SharedOrders } from './shared-orders.ts';

const { kubeconfig, folder, ours, node, phase, at } = JSON.parse(process.argv[2] ?? '') as SharedOrders;
const user = userOf(kubeconfig, folder, ours, undefined, {}, REMOVAL_TIMES, LEASE_TIMES);
const progress = createSilentProgress();
const { signal } = new AbortController();
const up = () => user.up(SHARED_SPEC, progress, signal);

/** What goes before the phase, and the phase. */
async function prepared(): Promise<() => Promise<unknown>> {
  switch (phase) {
    case 'up':
      return up;
    case 'conform':
      await up();
      return () => writeAsConform(user.profileClient(), ours, node);
    case 'fault': {
      await up();
      const client = user.profileClient();
      for (const object of declaredObjects(ours)) await client.apply([object]);
      return () => makeAndWithdraw(client);
    }
    case 'down':
      return () => user.down(SHARED_NAME, progress);
  }
}

async function makeAndWithdraw(client: ClusterClient): Promise<void> {
  const profile = { name: 'killed', directory: path.join(folder, 'profile'), namespaces: [{ name: ours }] } as Pick<
    Profile,
    'name' | 'directory'
  > as Profile;
  await mkdir(path.join(profile.directory, 'faults'), { recursive: true });
  await writeFile(path.join(profile.directory, 'faults', 'weights.yaml'), faultFile());
  const scene = sceneWithFault(client, profile);
  await applyFault(await loadFault(profile, 'weights'), scene);
  await withdrawFaults(scene);
}

const work = await prepared();
const passed = watchKillPoints(at);
await work();
const points = passed();
await user.release();
process.stdout.write(`${points}\n`, () => process.exit(0));
