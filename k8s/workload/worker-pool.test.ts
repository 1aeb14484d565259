import { describe, expect, it } from 'vitest';
import { setBehaviour, startForTest } from './start-for-tests.ts';
import { WorkerPool } from './worker-pool.ts';

const pool = (workers: number, queue: number, serviceMs = 50) =>
  new WorkerPool({ workers, queue, drawServiceMs: () => serviceMs });

describe('worker pool', () => {
  it('serves as many at once as there are workers, and refuses the rest', () => {
    const two = pool(2, 0);
    expect([two.take(0), two.take(0), two.take(0), two.take(49)]).toEqual([50, 50, undefined, undefined]);
    expect([two.take(50), two.take(50), two.take(50)]).toEqual([50, 50, undefined]);
  });

  it('lets requests wait, first come, first served, until the queue is full', () => {
    const one = pool(1, 2);
    expect([one.take(0), one.take(0), one.take(10), one.take(20)]).toEqual([50, 100, 140, undefined]);
    // at 50 the first has left and one of the two that waited is served: there is room for one
    expect([one.take(50), one.take(50)]).toEqual([150, undefined]);
  });

  it('loses what Erlang says: 20 workers at 15.2493 erlangs refuse one in twenty', () => {
    const twenty = pool(20, 0);
    let [state, now, refused] = [9, 0, 0];
    const requests = 200_000;
    for (let index = 0; index < requests; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      now += (-Math.log((state + 0.5) / 2 ** 32) * 50) / 15.2493;
      if (twenty.take(now) === undefined) refused++;
    }
    // four standard errors, with the design effect of some ten that such losses have
    expect(Math.abs(refused / requests - 0.05)).toBeLessThan(4 * Math.sqrt((10 * 0.05 * 0.95) / requests));
  });
});

describe('of a service', () => {
  it('limits traffic and nothing else, and says how many it refused', async () => {
    const workload = await startForTest();
    expect((await setBehaviour(workload, { workers: 1, serviceMs: 300_000 })).status).toBe(200);
    const leave = new AbortController();
    const served = fetch(workload.origin, { signal: leave.signal }).catch(() => 'left');
    const status = async () =>
      (await (await fetch(`${workload.adminOrigin}/-/behaviour`)).json()) as { requests: number; refused: number };
    await expect.poll(async () => (await status()).requests).toBe(1);
    const refused = await fetch(workload.origin);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ refused: true, version: 'v3' });
    expect((await fetch(`${workload.origin}/healthz`)).status).toBe(200);
    expect(await status()).toMatchObject({ requests: 2, refused: 1 });
    leave.abort();
    expect(await served).toBe('left');
  });

  it('refuses a document that makes no sense', async () => {
    const workload = await startForTest();
    for (const document of [{ workers: -1 }, { workers: 1.5 }, { queue: -1 }, { serviceMs: 'fast' }, { workers: 1e9 }])
      expect((await setBehaviour(workload, document)).status).toBe(400);
  });
});
