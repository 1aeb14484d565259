/**
 * One canaryproof at a time on a cluster that is not ours alone: two runs would measure each other. Whoever they are and
 * from whichever machine, they meet at one Lease (coordination.k8s.io/v1), taken and kept as client-go's leader election
 * does it: no clock but one's own is believed, a holder is dead when its record did not change for the time it named.
 */
import { hostname } from 'node:os';
import { environmentError, invalidEvidenceError } from '../../harness/errors/harness-error.ts';
import { ApiError } from '../../k8s/client/api-request.ts';
import { pause } from '../../k8s/client/backoff.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';

/** In a namespace that every cluster has and that is nobody's to remove. */
export const RUN_LEASE = { namespace: 'default', name: 'canaryproof-run' } as const;
const LEASES = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: RUN_LEASE.namespace } as const;
/** Tells a Lease of ours from anybody's that happens to bear the name. */
const PROTOCOL_LABEL = 'canaryproof.dev/lease';
const PROTOCOL = 'run';

export interface LeaseTimes {
  /** The holder is dead when the record did not change for so long. */
  readonly durationMs: number;
  /** The holder gives up, of its own accord, when it could not renew for so long: less than `durationMs`. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}
/** Defaults of client-go's leader election. */
const TIMES: LeaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

export interface RunLease {
  /** Aborted, with HarnessError LEASE_LOST (exit 5) as its reason, as soon as another run may have begun. */
  readonly lost: AbortSignal;
  /** Ends the renewal and takes the Lease away; one that cannot be taken away lapses. @throws what the API answers */
  release(): Promise<void>;
}

export interface LeaseParts {
  readonly client: ClusterClient;
  /** Unique to this run; readable, because the one who has to wait is told. */
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly times?: LeaseTimes;
  /** Milliseconds of a clock that only runs forwards; wall clocks jump. */
  readonly monotonicMs?: () => number;
}

/** @throws HarnessError CLUSTER_IN_USE, LEASE_FOREIGN; ApiError */
export async function takeRunLease(parts: LeaseParts): Promise<RunLease> {
  const { client, holder, signal, times = TIMES, monotonicMs = () => performance.now() } = parts;
  let askedMs = monotonicMs();
  let held: KubeObject | undefined;
  while (held === undefined) {
    const found = await client.get(LEASES, RUN_LEASE.name);
    if (found !== undefined) {
      requireProtocol(found);
      await requireDead(client, found, times, monotonicMs, signal);
      // of a holder that is dead: the very record that did not change, and no later one
      await client.delete(LEASES, RUN_LEASE.name, found.metadata);
    }
    signal.throwIfAborted();
    askedMs = monotonicMs();
    held = await client.create(LEASES, leaseObject(holder, times)).catch((error: unknown) => {
      // another one was faster: look at its Lease
      if (error instanceof ApiError && error.status === 409) return undefined;
      throw error;
    });
  }
  return keep(held, askedMs, { client, holder, times, monotonicMs });
}

interface Kept {
  readonly client: ClusterClient;
  readonly holder: string;
  readonly times: LeaseTimes;
  readonly monotonicMs: () => number;
}

function keep(held: KubeObject, heldMs: number, { client, holder, times, monotonicMs }: Kept): RunLease {
  const lost = new AbortController();
  const over = new AbortController();
  const lose = (why: string, cause?: unknown) =>
    lost.abort(
      invalidEvidenceError('LEASE_LOST', `the lease of this run on the cluster was lost: ${why}`, {
        where: `Lease ${RUN_LEASE.namespace}/${RUN_LEASE.name}`,
        hint: 'Another run may have changed what this one measured; run it again when the cluster is free.',
        cause,
      }),
    );
  let metadata = held.metadata;
  let renewedMs = heldMs;
  /** A process that was stopped, or a machine that slept, finds out here, before anything else. */
  const tooLate = () => monotonicMs() - renewedMs > times.renewDeadlineMs;
  const renew = async (): Promise<void> => {
    while (!over.signal.aborted && !lost.signal.aborted) {
      await pause(times.retryMs, over.signal);
      if (over.signal.aborted) return;
      const askedMs = monotonicMs();
      try {
        if (tooLate()) return lose(`it was not renewed for ${Math.round((askedMs - renewedMs) / 1000)} s`);
        const body = {
          metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
          spec: { renewTime: now() },
        };
        const renewed = await client.patch(LEASES, RUN_LEASE.name, 'merge', body);
        if (holderOf(renewed) !== holder) return lose(`${holderOf(renewed)} holds it`);
        metadata = renewed.metadata;
        renewedMs = askedMs;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return lose('somebody removed it', error);
        if (error instanceof ApiError && error.status === 409) {
          // a renewal whose answer was lost on the way looks like that too
          const current = await client.get(LEASES, RUN_LEASE.name).catch(() => undefined);
          if (current && (current.metadata.uid !== metadata.uid || holderOf(current) !== holder))
            return lose(`${holderOf(current)} holds it`, error);
          metadata = current?.metadata ?? metadata;
        }
        if (tooLate()) return lose('the API server does not let it be renewed', error);
      }
    }
  };
  // beside the requests: one that hangs must not keep the deadline from being seen
  const watchdog = setInterval(() => {
    if (tooLate()) lose('it was not renewed in time');
  }, times.retryMs / 2);
  watchdog.unref();
  const renewing = renew();
  return {
    lost: lost.signal,
    async release() {
      if (over.signal.aborted) return;
      over.abort();
      clearInterval(watchdog);
      await Promise.race([renewing, pause(times.retryMs)]);
      if (lost.signal.aborted) {
        // lost to nobody: then its record is still ours to take away
        const current = await client.get(LEASES, RUN_LEASE.name);
        if (!current || current.metadata.uid !== metadata.uid || holderOf(current) !== holder) return;
      }
      await client.delete(LEASES, RUN_LEASE.name, { uid: metadata.uid }).catch((error: unknown) => {
        // it is another one's by now
        if (!(error instanceof ApiError && error.status === 409)) throw error;
      });
    },
  };
}

function leaseObject(holder: string, { durationMs }: LeaseTimes): KubeObject {
  return {
    apiVersion: LEASES.apiVersion,
    kind: 'Lease',
    metadata: { ...RUN_LEASE, labels: { [PROTOCOL_LABEL]: PROTOCOL } },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
      acquireTime: now(),
      renewTime: now(),
    },
  };
}

/** Microseconds, as the API wants them. */
const now = () => new Date().toISOString().replace('Z', '000Z');

function holderOf({ spec }: KubeObject): string {
  const { holderIdentity } = (spec ?? {}) as { holderIdentity?: string };
  return holderIdentity ?? 'nobody';
}

function requireProtocol(found: KubeObject): void {
  if (found.metadata.labels?.[PROTOCOL_LABEL] === PROTOCOL) return;
  throw environmentError(
    'LEASE_FOREIGN',
    `Lease ${RUN_LEASE.namespace}/${RUN_LEASE.name} is there and no canaryproof's`,
    {
      hint: 'Nothing was changed. Runs on a shared cluster exclude each other by a Lease of that name.',
    },
  );
}

/** Watches the record for as long as its holder names; a holder that renews is alive. */
async function requireDead(
  client: ClusterClient,
  found: KubeObject,
  times: LeaseTimes,
  monotonicMs: () => number,
  signal: AbortSignal,
): Promise<void> {
  const { leaseDurationSeconds = 0 } = (found.spec ?? {}) as { leaseDurationSeconds?: number };
  const since = monotonicMs();
  while (monotonicMs() - since < Math.max(leaseDurationSeconds * 1000, times.durationMs)) {
    await pause(times.retryMs / 2, signal);
    signal.throwIfAborted();
    const current = await client.get(LEASES, RUN_LEASE.name);
    if (current === undefined) return;
    if (current.metadata.resourceVersion === found.metadata.resourceVersion) continue;
    throw environmentError('CLUSTER_IN_USE', `another run is using this cluster: ${holderOf(current)}`, {
      where: `Lease ${RUN_LEASE.namespace}/${RUN_LEASE.name}`,
      hint: 'Wait for it to end. What a killed run left lapses by itself.',
    });
  }
}

/** Says who and where, in a label-free field. */
export function holderName(installation: string, run: string): string {
  return `${installation}/${hostname()}/${process.pid}/${run}`;
}
