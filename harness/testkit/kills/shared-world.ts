/** A cluster of others: a strict API server in memory, and a user of it whose process is killed. */
import { mkdtemp, readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { objectsOfOthers, snapshot, writeAsConform } from '../cluster-of-others.ts';
import { createSilentProgress } from '../fakes/silent-progress.ts';
import { openStrictCluster } from '../strict-cluster.ts';
import { leftOf, SHARED_NAME, SHARED_SPEC, userOf } from '../user-of-shared.ts';
import type { Harm, KillScene, KillWorld } from './kill-world.ts';
import { ACTOR, runToItsEnd } from './killed-process.ts';
import { faultInForce } from './shared-fault.ts';
import { LEASE_TIMES, REMOVAL_TIMES, SHARED_PHASES, type SharedOrders, type SharedPhase } from './shared-orders.ts';

let opened = 0;

export const SHARED_WORLD: KillWorld = {
  name: 'a cluster of others (API server in memory)',
  phases: SHARED_PHASES.map((name) => ({ name, thousandths: 200 })),
  atOnce: 4,
  open: (phase) => openShared(phase as SharedPhase),
};

async function openShared(phase: SharedPhase): Promise<KillScene> {
  const cluster = await openStrictCluster();
  const { admin, proxy, node } = cluster;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kills-'));
  opened += 1;
  const ours = `ours-${process.pid}-${opened}`;
  const user = () => userOf(proxy.kubeconfig, folder, ours, undefined, {}, REMOVAL_TIMES, LEASE_TIMES);
  const progress = createSilentProgress();
  const { signal } = new AbortController();
  const others = objectsOfOthers(SHARED_NAME);
  const before = await snapshot(admin, others);
  if (phase === 'down') {
    const provider = user();
    await provider.up(SHARED_SPEC, progress, signal);
    await writeAsConform(provider.profileClient(), ours, node);
    await provider.release();
  }
  const changed = async (after: string): Promise<readonly Harm[]> => {
    const now = await snapshot(admin, others);
    return now
      .filter((one, index) => one !== before[index])
      .map((one) => ({ kind: 'foreign', what: `after ${after}: ${one}` }));
  };
  const tried = async (verb: string, work: () => Promise<unknown>): Promise<readonly Harm[]> => {
    const failed = await work().then(
      () => [],
      (error: unknown): Harm[] => [{ kind: 'recovery', what: `${verb}: ${String(error)}` }],
    );
    return [...failed, ...(await changed(verb))];
  };
  return {
    run(at) {
      const orders: SharedOrders = { kubeconfig: proxy.kubeconfig, folder, ours, node, phase, ...(at && { at }) };
      return runToItsEnd([ACTOR, JSON.stringify(orders)]);
    },
    async recover() {
      const harms: Harm[] = [...(await changed('the kill'))];
      harms.push(...(await tried('status', () => user().list())));
      const next = user();
      harms.push(...(await tried('up', () => next.up(SHARED_SPEC, progress, signal))));
      await next.release();
      harms.push(...(await tried('down', () => user().down(SHARED_NAME, progress))));
      harms.push(...(await faultInForce(admin)).map((what): Harm => ({ kind: 'fault', what })));
      const files = await readdir(path.join(folder, 'state'));
      harms.push(...[...(await leftOf(admin, ours)), ...files].map((what): Harm => ({ kind: 'left', what })));
      return harms;
    },
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]();
      await removeOwnTree(folder);
    },
  };
}
