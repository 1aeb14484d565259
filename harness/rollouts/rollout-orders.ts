/** What people tell a Rollout with `kubectl argo rollouts`: promote, abort, undo; the same patches. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { NamedRef } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { Scene } from '../scene/scene.ts';
import { HASH_LABEL, ROLLOUTS, readCanary, rolloutStatus } from './rollout-object.ts';

/** The step under way is a pause without a duration. */
export function waitsForHuman(rollout: KubeObject | undefined): boolean {
  if (!rollout) return false;
  const { pauseReasons, stepIndex } = rolloutStatus(rollout);
  const step = readCanary(rollout).steps[stepIndex ?? -1];
  return pauseReasons.includes('CanaryPauseStep') && step?.pause !== undefined && step.pause.duration === undefined;
}

/** Takes the pause away, so that the next step begins. */
export async function promoteRollout(scene: Scene, { namespace, name }: NamedRef): Promise<void> {
  await scene.client.patch({ ...ROLLOUTS, namespace }, name, 'merge', { status: { pauseConditions: null } }, 'status');
}

/** Skips steps, pauses and analysis, and takes an abort back: the newest version becomes the stable one. */
export async function promoteInFull(scene: Scene, { namespace, name }: NamedRef): Promise<void> {
  await scene.client.patch({ ...ROLLOUTS, namespace }, name, 'merge', { status: { promoteFull: true } }, 'status');
}

export async function abortRollout(scene: Scene, { namespace, name }: NamedRef): Promise<void> {
  await scene.client.patch({ ...ROLLOUTS, namespace }, name, 'merge', { status: { abort: true } }, 'status');
}

/**
 * Puts the pod template of an older ReplicaSet back, as `undo` does.
 * @param hash pod-template hash of the version to go back to
 * @throws HarnessError UNDO_NO_REVISION
 */
export async function undoRollout(scene: Scene, { namespace, name }: NamedRef, hash: string): Promise<void> {
  const sets = await scene.client.list({ apiVersion: 'apps/v1', resource: 'replicasets', namespace });
  const older = sets.find(({ metadata }) => metadata.name === `${name}-${hash}`);
  const template = older?.spec?.template as { metadata?: { labels?: Record<string, string> } } | undefined;
  if (!template)
    throw environmentError('UNDO_NO_REVISION', `there is no ReplicaSet of ${hash} to go back to`, {
      where: `Rollout ${namespace}/${name}`,
      hint: 'revisionHistoryLimit of the Rollout says how many older versions are kept.',
    });
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  await scene.client.patch({ ...ROLLOUTS, namespace }, name, 'merge', {
    spec: { template: { ...template, metadata: { ...template.metadata, labels } } },
  });
}
