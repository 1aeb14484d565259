/** Waits until every runner's k6 has begun. */
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { k6State } from './k6-state.ts';

const STARTED_MS = 120_000;
const HOPELESS = /^(ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|ErrImagePull|ImagePullBackOff)$/;

interface Wanted {
  readonly namespace: string;
  readonly selector: string;
  readonly runners: number;
  readonly work: string;
}

/**
 * Names of the runners' pods, by the number of the runner, once the k6 of each runs or has run; undefined when the signal
 * came first.
 * @throws HarnessError LOAD_JOB_NOT_STARTED
 */
export async function startedPods(
  client: ClusterClient,
  { namespace, selector, runners, work }: Wanted,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const labels = selector.split(',').map((pair) => pair.split('='));
  const over = new AbortController();
  const started = new Set<string>();
  let waiting = 'no pod yet';
  let hopeless = false;
  const limit = AbortSignal.timeout(STARTED_MS);
  await client.watch(
    { apiVersion: 'v1', resource: 'pods', namespace },
    (type, pod) => {
      if (type === 'DELETED' || labels.some(([key = '', value]) => pod.metadata.labels?.[key] !== value)) return;
      const state = k6State(pod);
      if (state?.running || state?.terminated) started.add(pod.metadata.name);
      if (state?.waiting) waiting = `${state.waiting.reason ?? 'waiting'} ${state.waiting.message ?? ''}`.trim();
      hopeless ||= HOPELESS.test(state?.waiting?.reason ?? '');
      if (started.size === runners || hopeless) over.abort();
    },
    AbortSignal.any([over.signal, limit, signal]),
  );
  if (started.size === runners) return [...started].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (signal.aborted) return undefined;
  const few = runners === 1 ? '' : `${started.size} of ${runners} runners began; `;
  throw environmentError('LOAD_JOB_NOT_STARTED', `k6 did not start in the cluster: ${few}${waiting}`, {
    where: `${namespace}/${work}`,
    hint: hopeless
      ? 'The nodes need the image: preload it, or name one that they can pull.'
      : 'Look at the events of the namespace: a quota, an admission rule, or no room on the nodes?',
  });
}
