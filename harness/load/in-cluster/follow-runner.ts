/** One runner's log and its end, until both are over. */
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { LineSplitter } from '../evidence/line-splitter.ts';
import { k6State } from './k6-state.ts';

export interface FollowPorts {
  readonly client: ClusterClient;
  readonly follow: (pod: string, onBytes: (bytes: Uint8Array) => void, signal: AbortSignal) => Promise<void>;
}

/** k6's own exit code after an interrupt. */
export const INTERRUPTED = 105;
const ENDED_MS = 30_000;

/**
 * Hands over every line of one runner until it has ended.
 * @returns k6's exit code
 * @throws HarnessError LOAD_JOB_LOST
 */
export async function followRunner(
  ports: FollowPorts,
  namespace: string,
  pod: string,
  take: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const lines = new LineSplitter(take);
  const over = new AbortController();
  const stop = (): void => {
    // as `docker stop` does it: SIGTERM, on which k6 closes its books
    ports.client.delete({ apiVersion: 'v1', resource: 'pods', namespace }, pod).catch(() => undefined);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const ended = awaitEnd(ports, namespace, pod, over.signal);
  try {
    await ports
      .follow(pod, (bytes) => lines.push(Buffer.from(bytes)), over.signal)
      .catch((cause: unknown) => {
        throw environmentError('LOAD_JOB_LOST', `the log of the k6 pod ${namespace}/${pod} broke off`, {
          hint: 'Evidence that is missing makes a run invalid; run it again.',
          cause,
        });
      });
    lines.end();
    const limit = setTimeout(() => over.abort(), ENDED_MS);
    const exitCode = await ended;
    clearTimeout(limit);
    // a pod that was deleted may be gone before anybody saw its end
    return exitCode ?? (signal.aborted ? INTERRUPTED : 1);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}

async function awaitEnd(
  { client }: FollowPorts,
  namespace: string,
  pod: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const over = new AbortController();
  let exitCode: number | undefined;
  await client.watch(
    { apiVersion: 'v1', resource: 'pods', namespace },
    (type, object) => {
      exitCode = k6State(object)?.terminated?.exitCode ?? exitCode;
      if (exitCode !== undefined || type === 'DELETED') over.abort();
    },
    AbortSignal.any([over.signal, signal]),
    `metadata.name=${pod}`,
  );
  return exitCode;
}
