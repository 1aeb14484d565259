/**
 * Nothing that an earlier claim began goes on any more: no copy on its way out, no pod that starts or ends, no Rollout
 * under way. The next claim would measure all of that.
 */
import { ApiError } from '../../k8s/client/api-request.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';
import { seconds } from '../documents/figures.ts';
import { HASH_LABEL, isUnfinished, ROLLOUTS, rolloutStatus } from '../rollouts/rollout-object.ts';
import type { Scene } from '../scene/scene.ts';

export const STAGE_LABEL = 'canaryproof.dev/stage';
const LOOK_MS = 500;
/** What has not come to rest by then is no aftermath, but how things are: the claims say what they think of it. */
const RESTS_MS = 90_000;

type Still = Pick<Scene, 'client' | 'profile' | 'recorder' | 'now' | 'pause' | 'once' | 'besideOthers'>;

/** Waits by condition; what never comes to rest is waited for once in a run. */
export async function stillCluster(scene: Still): Promise<void> {
  // what moves is the others' work, which is meant to go on
  if (scene.besideOthers) return;
  const { now, recorder, once } = scene;
  const known = once(stillCluster, () => ({ restless: '' }));
  const fromMs = now();
  for (;;) {
    const moving = await whatMoves(scene);
    const restless = moving.join(', ');
    if (restless === '' || restless === known.restless) return;
    if (now() - fromMs > RESTS_MS) {
      known.restless = restless;
      recorder.event('machine', `not still after ${seconds(RESTS_MS)}`, restless);
      return;
    }
    await scene.pause(LOOK_MS);
  }
}

/** On a cluster of others we may not be allowed to list namespaces; ours are deleted all the same. */
function refusedIsUnknown(error: unknown): readonly KubeObject[] {
  if (error instanceof ApiError && error.status === 403) return [];
  throw error;
}

/** A pod of a Job that has done its work moves nothing. */
const isOver = ({ status }: KubeObject) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** A Rollout that is settled keeps them for its scale-down delay: ready, scraped, and soon gone. */
function ofEarlierVersions(pods: readonly KubeObject[], rollouts: readonly KubeObject[]): readonly KubeObject[] {
  const kept = new Set(rollouts.map(rolloutStatus).flatMap(({ stableHash, currentHash }) => [stableHash, currentHash]));
  return pods.filter((pod) => {
    const hash = pod.metadata.labels?.[HASH_LABEL];
    return hash !== undefined && kept.size > 0 && isPodReady(pod) && !isOver(pod) && !kept.has(hash);
  });
}

/** In words, each with its object; an empty list is a still cluster. */
async function whatMoves({ client, profile }: Still): Promise<readonly string[]> {
  const copies = await client
    .list({ apiVersion: 'v1', resource: 'namespaces' }, `${STAGE_LABEL}=${profile.name}`)
    .catch(refusedIsUnknown);
  const places = await Promise.all(
    profile.namespaces.map(async ({ name: namespace }) => {
      const [pods, rollouts] = await Promise.all([
        client.list({ apiVersion: 'v1', resource: 'pods', namespace }),
        profile.addons.includes('argo-rollouts') ? client.list({ ...ROLLOUTS, namespace }) : [],
      ]);
      return [
        ...pods
          .filter((pod) => !isPodReady(pod) && !isOver(pod))
          .map(({ metadata }) => `pod ${namespace}/${metadata.name}`),
        ...rollouts.filter(isUnfinished).map(({ metadata }) => `Rollout ${namespace}/${metadata.name}`),
        ...ofEarlierVersions(pods, rollouts).map(
          ({ metadata }) => `pod ${namespace}/${metadata.name} of an earlier version`,
        ),
      ];
    }),
  );
  return [...copies.map(({ metadata }) => `namespace ${metadata.name}`), ...places.flat()];
}
