/** Follows the copy's autoscaler and every change of `spec.replicas`, with who wrote it. */
import type { NamedRef } from '../../documents/references.ts';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import { writerOf } from '../../scene/timeline-recorder.ts';
import { AUTOSCALERS, type AutoscalerSight, GONE, sightOf } from './autoscaler.ts';

export interface ReplicaChange {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly writer: string;
}

export interface AutoscalerWatch extends AsyncDisposable {
  /** Newest last. */
  readonly sights: readonly { readonly atMs: number; readonly sight: AutoscalerSight }[];
  readonly changes: readonly ReplicaChange[];
  /** `spec.replicas` as it is now. */
  readonly replicas: number;
}

export function watchAutoscaler(
  { autoscaler, rollout }: { readonly autoscaler: NamedRef; readonly rollout: NamedRef },
  scene: Scene,
): AutoscalerWatch {
  const over = new AbortController();
  const signal = AbortSignal.any([scene.signal, over.signal]);
  const sights: { atMs: number; sight: AutoscalerSight }[] = [];
  const changes: ReplicaChange[] = [];
  let replicas: number | undefined;
  const { client, now } = scene;
  const watched = Promise.all([
    client.watch(
      { ...AUTOSCALERS, namespace: autoscaler.namespace },
      (type, object) => {
        sights.push({ atMs: now(), sight: type === 'DELETED' ? GONE : sightOf(object) });
      },
      signal,
      `metadata.name=${autoscaler.name}`,
    ),
    client.watch(
      { ...ROLLOUTS, namespace: rollout.namespace },
      (type, object) => {
        if (type === 'DELETED') return;
        const to = (object.spec as { replicas?: number }).replicas ?? 1;
        const from = replicas ?? to;
        replicas = to;
        if (from !== to) changes.push({ atMs: now(), from, to, writer: writerOf(object, ['spec', 'replicas']) });
      },
      signal,
      `metadata.name=${rollout.name}`,
    ),
  ]);
  // awaited when the watch ends; until then a failure must not end the process
  watched.catch(() => undefined);
  return {
    sights,
    changes,
    get replicas() {
      return replicas ?? 0;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await watched.catch(() => undefined);
    },
  };
}
