/** Before a subject is blamed for a promise that it did not keep: whether the environment let it. */
import { ApiError } from '../../k8s/client/api-request.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { isPodOver, isPodReady } from '../../k8s/client/readiness.ts';
import { seconds } from '../documents/figures.ts';
import { environmentError, type HarnessError } from '../errors/harness-error.ts';
import { type EnvironmentHealth, unhealthyMs } from '../verdict/environment-health.ts';
import { PromiseNotKept } from './promise.ts';

/** Whom to ask before a subject is blamed; the scene of a run is one. */
export interface Witnesses {
  readonly client: Pick<ClusterClient, 'list' | 'getText'>;
  readonly environment?: EnvironmentHealth;
  now(): number;
}

/**
 * True when the subject did it, false when it had its time and did not; what the environment did not keep is thrown, also
 * where only that kept the subject from it.
 */
export async function isKept(witnesses: Witnesses, wait: Promise<unknown>): Promise<boolean> {
  try {
    await wait;
    return true;
  } catch (error) {
    if (!(error instanceof PromiseNotKept)) throw error;
    const kept = await environmentsFault(error, witnesses);
    if (kept) throw kept;
    return false;
  }
}

/** What kept the subject from its promise, where that was the environment; undefined: nothing did. */
export async function environmentsFault(
  error: PromiseNotKept,
  { client, environment, now }: Witnesses,
): Promise<unknown> {
  const nowMs = now();
  return (
    hadNoTime(error, nowMs, environment) ??
    requireEnvironment(client, { needsPodsOf: error.needsPodsOf, cause: error }).then(
      () => undefined,
      (environments: unknown) => environments,
    )
  );
}

/**
 * Before a subject is blamed: whether it could have kept its promise.
 * @throws HarnessError (exit 3) API_SERVER_GONE, in which case nobody knows what the subject did; PODS_NOT_READY, naming
 *   the pods without which nothing could move
 */
export async function requireEnvironment(
  client: Pick<ClusterClient, 'list' | 'getText'>,
  { needsPodsOf: namespace, cause }: { readonly needsPodsOf: string | undefined; readonly cause?: unknown },
): Promise<void> {
  const gone = (error: unknown) => {
    // it answered, if only that this is none of our business
    if (error instanceof ApiError && error.status < 500) return [];
    throw environmentError('API_SERVER_GONE', 'the API server did not answer when the time was up', { cause: error });
  };
  const pods =
    namespace === undefined
      ? await client.getText('/readyz').then(() => [], gone)
      : await client.list({ apiVersion: 'v1', resource: 'pods', namespace }).catch(gone);
  const waiting = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && !isPodOver(pod) && !isPodReady(pod),
  );
  if (waiting.length === 0) return;
  throw environmentError(
    'PODS_NOT_READY',
    `pods without which nothing could move were not ready: ${waiting.map(({ metadata }) => metadata.name).join(', ')}`,
    { where: namespace ?? '', hint: 'Their events say what they wait for; `kubectl describe pod` shows more.', cause },
  );
}

/** Budgets are several times what a sound subject needs; with this part of one taken away nobody can tell. */
const LOST_TIME = 0.1;

/**
 * @param nowMs shortly after the wait ran out
 * @returns ENVIRONMENT_UNHEALTHY when the environment could not answer for so much of the wait that the subject did not
 *   have its time
 */
function hadNoTime(
  error: PromiseNotKept,
  nowMs: number,
  environment: EnvironmentHealth | undefined,
): HarnessError | undefined {
  const intervals = environment?.unhealthy() ?? [];
  const lostMs = unhealthyMs(nowMs - error.waitedMs, nowMs, intervals);
  if (lostMs <= LOST_TIME * error.waitedMs) return undefined;
  return environmentError(
    'ENVIRONMENT_UNHEALTHY',
    `${error.what}: not within ${seconds(error.waitedMs)}, during ${seconds(lostMs)} of which the environment could not answer (${intervals.at(-1)?.why})`,
    {
      hint: 'Run again on a quieter machine.',
      cause: error,
      ...(error.where === undefined ? {} : { where: error.where }),
    },
  );
}
