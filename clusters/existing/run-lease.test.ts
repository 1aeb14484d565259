import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import { openStrictCluster, type StrictCluster } from '../../harness/testkit/strict-cluster.ts';
import { createApiRequest } from '../../k8s/client/api-request.ts';
import { clusterClientOf, readKubeconfig } from '../../k8s/client/cluster-client.ts';
import { RUN_LEASE, type RunLease, takeRunLease } from './run-lease.ts';

const LEASES = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: RUN_LEASE.namespace };
/** Limits against hanging and not measurements: what is asserted is who holds the lease. */
const TIMES = { durationMs: 1_800, renewDeadlineMs: 1_500, retryMs: 150 };
/** A clock that is quicker than the machine's, by which a lease lapses sooner, for the holder and for the next one alike. */
const QUICK = { monotonicMs: () => performance.now() * 5, times: { ...TIMES, retryMs: 30 } };
const { signal } = new AbortController();

let cluster: StrictCluster;
const held: RunLease[] = [];
beforeEach(async () => {
  cluster = await openStrictCluster();
});
afterEach(async () => {
  cluster.proxy.plan(undefined);
  for (const lease of held.splice(0)) await lease.release().catch(() => undefined);
  await cluster[Symbol.asyncDispose]();
});

async function take(holder: string, more: Partial<Parameters<typeof takeRunLease>[0]> = {}): Promise<RunLease> {
  const config = readKubeconfig(cluster.proxy.kubeconfig);
  const client = clusterClientOf(config, createApiRequest(config));
  const lease = await takeRunLease({ client, holder, signal, times: TIMES, ...more });
  held.push(lease);
  return lease;
}
const lost = (lease: RunLease) =>
  new Promise<unknown>((resolve) => {
    if (lease.lost.aborted) resolve(lease.lost.reason);
    lease.lost.addEventListener('abort', () => resolve(lease.lost.reason), { once: true });
  });
const holder = async () =>
  (await cluster.admin.get(LEASES, RUN_LEASE.name))?.spec?.holderIdentity as string | undefined;

test('two runs: the second is told who has the cluster, and gets it afterwards', async () => {
  const first = await take('first');
  await expect(take('second')).rejects.toMatchObject({
    code: 'CLUSTER_IN_USE',
    message: expect.stringContaining('first'),
  });
  expect(await holder()).toBe('first');
  await first.release();
  expect(await holder()).toBeUndefined();
  await take('second');
  expect([await holder(), first.lost.aborted]).toEqual(['second', false]);
});

test('many at once: exactly one gets it', async () => {
  const tries = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((name) => take(name)));
  const got = tries.filter(({ status }) => status === 'fulfilled');
  expect(got).toHaveLength(1);
  for (const one of tries) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CLUSTER_IN_USE' });
});

test('of a holder that is dead nothing is left but its record, whatever its wall clock wrote', async () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000Z');
  await cluster.admin.create(LEASES, {
    ...{ apiVersion: LEASES.apiVersion, kind: 'Lease' },
    metadata: { ...RUN_LEASE, labels: { 'canaryproof.dev/lease': 'run' } },
    spec: { holderIdentity: 'killed', leaseDurationSeconds: 0, renewTime: inAnHour },
  });
  await take('next');
  expect(await holder()).toBe('next');
});

test('a Lease of that name that is nobody’s of ours stays', async () => {
  await cluster.admin.create(LEASES, { apiVersion: LEASES.apiVersion, kind: 'Lease', metadata: RUN_LEASE, spec: {} });
  await expect(take('next')).rejects.toMatchObject({ code: 'LEASE_FOREIGN' });
  expect(await cluster.admin.get(LEASES, RUN_LEASE.name)).toBeDefined();
});

describe('a run that loses it ends as invalid', () => {
  const reason = { code: 'LEASE_LOST', exitCode: 5 };
  test('when somebody removed it', async () => {
    const lease = await take('first');
    await cluster.admin.delete(LEASES, RUN_LEASE.name);
    expect(await lost(lease)).toMatchObject(reason);
  });

  test('when another one has it', async () => {
    const lease = await take('first');
    await cluster.admin.patch(LEASES, RUN_LEASE.name, 'merge', { spec: { holderIdentity: 'second' } });
    expect(await lost(lease)).toMatchObject(reason);
    await lease.release();
    expect(await holder()).toBe('second');
  });

  test.each(fewOf(2, [403, 429, 503, 'reset', 'hang', 'truncated'] as const))(
    'when it cannot be renewed (%s), before another one may take it',
    async (fault) => {
      const lease = await take('first', QUICK);
      cluster.proxy.plan({ method: 'PATCH', fault, strikes: () => true });
      expect(await lost(lease)).toMatchObject(reason);
      await expect(take('second', QUICK)).resolves.toBeDefined();
    },
  );

  test('when the process was stopped for longer than it could know of, by the clock that no one sets', async () => {
    let stoppedMs = 0;
    const lease = await take('first', { monotonicMs: () => performance.now() + stoppedMs });
    stoppedMs = TIMES.renewDeadlineMs + 1;
    expect(await lost(lease)).toMatchObject(reason);
  });
});

test('one answer that is lost on the way is no loss', async () => {
  const lease = await take('first');
  cluster.proxy.plan({ method: 'PATCH', fault: 'reset', strikes: (index) => index === 0 });
  const before = (await cluster.admin.get(LEASES, RUN_LEASE.name))?.metadata.resourceVersion;
  // renewed by the lost request, and twice more after it
  for (let renewals = 0, at = before; renewals < 3; ) {
    const now = (await cluster.admin.get(LEASES, RUN_LEASE.name))?.metadata.resourceVersion;
    if (now !== at) renewals += 1;
    at = now;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect([cluster.proxy.struck, lease.lost.aborted]).toEqual([1, false]);
});
