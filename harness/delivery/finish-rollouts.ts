/**
 * Before anything is judged, Rollouts stand as Git declares them. On a cluster that was kept, an earlier run may have left
 * one paused or aborted, or on another version, from which the new commit starts a canary that nobody sends traffic to:
 * its analysis would be Inconclusive, the Rollout paused, and the Application Suspended for ever. Such a Rollout is
 * promoted in full, as `kubectl argo rollouts promote --full` does: no steps, no pauses, no analysis.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { isUnfinished, ROLLOUTS, rolloutStatus } from '../rollouts/rollout-object.ts';
import { promoteInFull } from '../rollouts/rollout-orders.ts';
import type { Scene } from '../scene/scene.ts';

export interface RolloutFinisher {
  /** To be called when `isDeclared` may have become true. */
  look(): void;
  /** Ends the watch. @throws what a watch or an order met with */
  stop(): Promise<void>;
  /** Rejects when a watch or an order failed. */
  readonly failed: Promise<never>;
}

/**
 * @param isDeclared whether the cluster holds what Git declares; until then a Rollout may be of an older commit, and is
 *   left alone
 */
export function finishRollouts(scene: Scene, isDeclared: () => boolean): RolloutFinisher {
  const { client, profile, recorder, progress } = scene;
  const over = new AbortController();
  const signal = AbortSignal.any([scene.signal, over.signal]);
  const failed = Promise.withResolvers<never>();
  // whoever stops it hears of it
  failed.promise.catch(() => undefined);
  const seen = new Map<string, KubeObject>();
  const ordered = new Set<string>();
  const orders = new Set<Promise<void>>();

  const finish = async (namespace: string, name: string): Promise<void> => {
    // asked again: what was seen may be from before the newest sync
    const live = await client.get({ ...ROLLOUTS, namespace }, name);
    const version = `${namespace}/${name} ${rolloutStatus(live).currentHash}`;
    if (!isUnfinished(live) || ordered.has(version) || signal.aborted) return;
    ordered.add(version);
    const { phase, message } = rolloutStatus(live);
    recorder.event('Rollout', `${name} promoted in full`, `${phase}${message ? ` (${message})` : ''} before the run`);
    progress.note(`Rollout ${namespace}/${name} was ${phase} and is promoted in full to what Git declares`);
    await promoteInFull(scene, { namespace, name });
  };
  const look = () => {
    if (signal.aborted || !isDeclared()) return;
    for (const [key, rollout] of seen) {
      if (!isUnfinished(rollout)) continue;
      const [namespace = '', name = ''] = key.split('/');
      const order = finish(namespace, name)
        .catch(failed.reject)
        .finally(() => orders.delete(order));
      orders.add(order);
    }
  };
  const watches = profile.addons.includes('argo-rollouts')
    ? profile.namespaces.map(({ name: namespace }) =>
        client.watch(
          { ...ROLLOUTS, namespace },
          (type, object) => {
            const key = `${namespace}/${object.metadata.name}`;
            if (type === 'DELETED') seen.delete(key);
            else seen.set(key, object);
            look();
          },
          signal,
        ),
      )
    : [];
  for (const watch of watches) watch.catch(failed.reject);
  return {
    look,
    failed: failed.promise,
    async stop() {
      over.abort();
      await Promise.allSettled([...watches, ...orders]);
    },
  };
}
