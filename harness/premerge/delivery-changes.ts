/** Steps of Rollouts, images, replicas, and where Applications read. */
import { asList, asRecord, nameOf } from '../lint/manifest-set.ts';
import { canaryOf } from '../lint/rollouts/rollout-objects.ts';
import type { Pair, ToldChange } from './told-change.ts';

export function deliveryChanges(pairs: readonly Pair[]): readonly ToldChange[] {
  return pairs.flatMap((pair) =>
    [...stepChange(pair), ...imageChanges(pair), ...replicaChange(pair), ...applicationChanges(pair)].map(
      (sentence) => ({
        sentence,
        pairs: [pair],
      }),
    ),
  );
}

function stepChange({ before, after }: Pair): readonly string[] {
  if (after.kind !== 'Rollout') return [];
  const [old, now] = [stepsOf(before), stepsOf(after)];
  return old === now ? [] : [`changes the steps of ${nameOf(after)} from ${old} to ${now}`];
}

function stepsOf(rollout: Pair['after']): string {
  const steps = asList(canaryOf(rollout)?.steps).map((entry) => {
    const [[key, value] = ['nothing', undefined]] = Object.entries(asRecord(entry) ?? {});
    if (key === 'setWeight') return `${String(value)} %`;
    if (key !== 'pause') return key;
    const duration = asRecord(value)?.duration;
    return duration === undefined ? 'pause until promoted' : `pause ${String(duration)}`;
  });
  return steps.length === 0 ? 'none' : steps.join(', ');
}

function imageChanges({ before, after }: Pair): readonly string[] {
  const old = imagesOf(before);
  return [...imagesOf(after)].flatMap(([container, image]) => {
    const earlier = old.get(container);
    return earlier === undefined || earlier === image
      ? []
      : [`releases ${image} in place of ${earlier} in ${nameOf(after)}`];
  });
}

function imagesOf({ value }: Pair['after']): ReadonlyMap<string, string> {
  const pod = asRecord(asRecord(asRecord(value.spec)?.template)?.spec);
  const containers = [...asList(pod?.initContainers), ...asList(pod?.containers)].map((entry) => asRecord(entry) ?? {});
  return new Map(
    containers.flatMap(({ name, image }) =>
      typeof name === 'string' && typeof image === 'string' ? [[name, image] as const] : [],
    ),
  );
}

function replicaChange({ before, after }: Pair): readonly string[] {
  const [old, now] = [before, after].map(({ value }) => asRecord(value.spec)?.replicas);
  if (typeof old !== 'number' || typeof now !== 'number' || old === now) return [];
  return [`scales ${nameOf(after)} from ${old} to ${now}`];
}

function applicationChanges({ before, after }: Pair): readonly string[] {
  if (after.kind !== 'Application') return [];
  return ['path', 'targetRevision', 'repoURL'].flatMap((key) => {
    const [old, now] = [before, after].map(({ value }) => asRecord(asRecord(value.spec)?.source)?.[key]);
    return old === now ? [] : [`moves the ${key} of ${nameOf(after)} from ${String(old)} to ${String(now)}`];
  });
}
