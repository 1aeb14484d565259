/** Ends an installation as soon as it is certain that an image cannot be had, and not by a time limit minutes later. */
import { environmentError } from '../../../harness/errors/harness-error.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { SYSTEM_NAMESPACES } from './image-components.ts';

const LOOK_MS = 3_000;
const HOPELESS = /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)$/;

interface Waiting {
  readonly image?: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

/** Image -> what the kubelet says, of containers that wait for an image in vain. */
export function pullFailures(pods: readonly KubeObject[]): ReadonlyMap<string, string> {
  const failures = new Map<string, string>();
  for (const pod of pods) {
    const { containerStatuses = [], initContainerStatuses = [] } = (pod.status ?? {}) as Record<
      'containerStatuses' | 'initContainerStatuses',
      readonly Waiting[] | undefined
    >;
    for (const { image = '', state } of [...initContainerStatuses, ...containerStatuses])
      if (HOPELESS.test(state?.waiting?.reason ?? '')) failures.set(image, state?.waiting?.message ?? '');
  }
  return failures;
}

/**
 * Runs `work` with a signal that aborts with HarnessError IMAGE_MISSING when the same image has been missing so many
 * looks in a row: once is enough for images that should be there already, a registry deserves patience.
 */
export async function withPullWatch<T>(
  client: ClusterClient,
  looks: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  namespaces: readonly string[] = SYSTEM_NAMESPACES,
): Promise<T> {
  const missing = new AbortController();
  const seen = new Map<string, number>();
  const look = async (): Promise<void> => {
    const lists = namespaces.map((namespace) => client.list({ apiVersion: 'v1', resource: 'pods', namespace }));
    const failures = pullFailures((await Promise.all(lists)).flat());
    for (const image of [...seen.keys()]) if (!failures.has(image)) seen.delete(image);
    for (const [image, message] of failures) {
      seen.set(image, (seen.get(image) ?? 0) + 1);
      if ((seen.get(image) ?? 0) < looks) continue;
      missing.abort(
        environmentError(
          'IMAGE_MISSING',
          `the nodes have no image ${[...failures.keys()].join(', ')} and cannot pull it`,
          {
            where: image,
            hint: `Without a registry the nodes need own builds: leave --pull out, or on a cluster that is not ours load them: canaryproof images load --cluster NAME. The kubelet says: ${message.slice(0, 200)}`,
          },
        ),
      );
    }
  };
  // an API server that does not answer for a moment is the work's own concern
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
  try {
    return await work(AbortSignal.any([signal, missing.signal]));
  } catch (error) {
    throw missing.signal.aborted && !signal.aborted ? missing.signal.reason : error;
  } finally {
    clearInterval(timer);
  }
}
