import { describe, expect, it } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { TOKEN_HEADER } from './admin-port.ts';
import { setBehaviour, startForTest, TEST_TOKEN } from './start-for-tests.ts';

const IDENTITY = {
  'x-canaryproof-service': 'reviews',
  'x-canaryproof-version': 'v3',
  'x-canaryproof-pod': 'pod-0',
  'x-canaryproof-hops': 'reviews=v3@pod-0',
};
const identityOf = (response: Response) =>
  Object.fromEntries(Object.keys(IDENTITY).map((name) => [name, response.headers.get(name)]));

describe('service', () => {
  it('names itself, what was asked, and the mesh identity of the caller', async () => {
    const { origin } = await startForTest();
    const headers = { 'x-forwarded-client-cert': 'By=spiffe://a;URI="spiffe://b"', 'x-request-id': 'id-1' };
    const response = await fetch(`${origin}/reviews/0?x=%22`, { headers, method: 'PUT', body: 'a body' });
    expect(response.status).toBe(200);
    expect(identityOf(response)).toEqual(IDENTITY);
    expect(await response.json()).toEqual({
      service: 'reviews',
      version: 'v3',
      pod: 'pod-0',
      status: 200,
      method: 'PUT',
      path: '/reviews/0?x=%22',
      hops: 'reviews=v3@pod-0',
      requestId: 'id-1',
      forwardedClientCert: 'By=spiffe://a;URI="spiffe://b"',
    });
  });

  it.each([
    ['GET', '/productpage', 200],
    ['GET', '/health', 200],
    ['GET', '/healthz', 200],
    ['GET', '/readyz?verbose', 200],
    ['GET', '/metrics', 200],
    ['GET', '/nothing/here', 200],
    ['HEAD', '/ratings/0', 200],
    ['GET', '/-/nothing', 404],
    ['GET', '/-/behaviour', 404],
    ['POST', '/-/behaviour', 404],
  ])('%s %s answers %i with the identity', async (method, path, status) => {
    const { origin } = await startForTest();
    const response = await fetch(origin + path, { method });
    expect(response.status).toBe(status);
    expect(identityOf(response)).toEqual(IDENTITY);
  });

  it('keeps its identity and its version on injected errors', async () => {
    const { origin } = await startForTest({ BEHAVIOUR: '{"errorShare":1,"errorStatus":418}' });
    const response = await fetch(origin);
    expect(response.status).toBe(418);
    expect(identityOf(response)).toEqual(IDENTITY);
    expect(await response.json()).toMatchObject({ version: 'v3', status: 418, injected: true });
  });

  it('errs on exactly the requests of the rule, and neither probes nor scrapes nor /-/ take a number', async () => {
    const workload = await startForTest();
    expect((await setBehaviour(workload, { errorShare: 0.2, errorStatus: 503 })).status).toBe(200);
    const statuses: number[] = [];
    for (let k = 1; k <= 20; k++) {
      for (const path of ['/healthz', '/readyz', '/metrics', '/-/behaviour']) await fetch(workload.origin + path);
      statuses.push((await fetch(workload.origin)).status);
    }
    expect(statuses.flatMap((status, index) => (status === 503 ? [index + 1] : []))).toEqual([5, 10, 15, 20]);
    expect(await (await fetch(`${workload.adminOrigin}/-/behaviour`)).json()).toMatchObject({
      behaviour: { errorShare: 0.2, errorStatus: 503, mode: 'deterministic' },
      requests: 20,
      errors: 4,
      delayed: 0,
      mostInFlight: 1,
    });
  });

  thorough('holds the exact share also when requests come side by side', async () => {
    const workload = await startForTest({ BEHAVIOUR: '{"errorShare":"22/225"}' });
    const statuses = await Promise.all(Array.from({ length: 225 }, async () => (await fetch(workload.origin)).status));
    expect(statuses.filter((status) => status === 500)).toHaveLength(22);
  });

  it('marks the answers that it holds back, and no others', async () => {
    const workload = await startForTest();
    await setBehaviour(workload, { latencyMs: 1, latencyShare: 0.5 });
    const chains: (string | null)[] = [];
    for (let i = 0; i < 4; i += 1) chains.push((await fetch(workload.origin)).headers.get('x-canaryproof-hops'));
    const [quick, held] = ['reviews=v3@pod-0', 'reviews=v3@pod-0;reviews=slow@'];
    expect(chains).toEqual([quick, held, quick, held]);
  });

  it('never answers before the latency is over, and only the slow share is slow', async () => {
    const workload = await startForTest();
    await setBehaviour(workload, { latencyMs: 60, latencyShare: 0.5 });
    const times = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const startedMs = performance.now();
        await fetch(workload.origin);
        return performance.now() - startedMs;
      }),
    );
    expect(times.filter((ms) => ms >= 60).length).toBeGreaterThanOrEqual(10);
    expect(await (await fetch(`${workload.adminOrigin}/-/behaviour`)).json()).toMatchObject({
      requests: 20,
      delayed: 10,
    });
    const text = await (await fetch(`${workload.origin}/metrics`)).text();
    // a busy machine makes quick ones slow, never slow ones quick
    const withinFifty = Number(/_bucket\{.*le="50".*\} (\d+)\n/.exec(text)?.[1]);
    expect(withinFifty).toBeLessThanOrEqual(10);
  });

  it('keeps the old behaviour when the new one is refused, and names the field', async () => {
    const workload = await startForTest({ BEHAVIOUR: '{"errorShare":1}' });
    const refused = await setBehaviour(workload, { errorShare: 7 });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 'WORKLOAD_BAD_BEHAVIOUR',
      message: expect.stringContaining('errorShare: must be a number from 0 to 1'),
      version: 'v3',
    });
    expect((await fetch(workload.origin)).status).toBe(500);
  });

  it('refuses a document that is too long, and serves the next request of the connection', async () => {
    const workload = await startForTest();
    const response = await setBehaviour(workload, { errorShare: 1, padding: 'x'.repeat(100_000) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'WORKLOAD_BODY_TOO_LARGE' });
    expect((await fetch(workload.origin)).status).toBe(200);
  });

  it('has no /-/ when that is off', async () => {
    const workload = await startForTest({ ADMIN: 'off' });
    expect(workload.adminPort).toBeUndefined();
    expect((await fetch(workload.origin)).status).toBe(200);
  });

  it('is switched on the loopback address only, by whoever did it first', async () => {
    const workload = await startForTest({ LISTEN_ADDRESS: '127.0.0.2' });
    const post = (origin: string) =>
      fetch(`${origin}/-/behaviour`, {
        method: 'POST',
        body: '{"errorShare":1}',
        headers: { [TOKEN_HEADER]: TEST_TOKEN },
      });
    await expect(post(`http://127.0.0.2:${workload.adminPort}`)).rejects.toThrow();
    expect((await post(`http://127.0.0.2:${workload.port}`)).status).toBe(404);

    for (const token of ['', 'short'])
      expect((await setBehaviour(workload, { errorShare: 1 }, token)).status).toBe(403);
    expect((await setBehaviour(workload, { errorShare: 0 })).status).toBe(200);
    expect((await setBehaviour(workload, { errorShare: 1 }, 'another-token-of-16')).status).toBe(403);
    expect((await setBehaviour(workload, { latencyMs: 1 })).status).toBe(200);
    expect((await fetch(`http://127.0.0.2:${workload.port}/`)).status).toBe(200);
    const { adminOrigin } = workload;
    expect((await fetch(`${adminOrigin}/-/behaviour`, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${adminOrigin}/-/other`)).status).toBe(404);
  });

  it('counts traffic by status with cumulative buckets, and nothing else', async () => {
    const workload = await startForTest({ BEHAVIOUR: '{"errorShare":"1/4"}' });
    for (let k = 0; k < 8; k++) await fetch(workload.origin);
    await fetch(`${workload.origin}/healthz`);
    const text = await (await fetch(`${workload.origin}/metrics`)).text();
    const labels = 'service="reviews",version="v3",pod="pod-0"';
    expect(text).toContain(`canaryproof_requests_total{code="200",${labels}} 6\n`);
    expect(text).toContain(`canaryproof_requests_total{code="500",${labels}} 2\n`);
    expect(text).toContain(`canaryproof_injected_errors_total{${labels}} 2\n`);
    expect(text).toContain(`canaryproof_requests_in_flight{${labels}} 0\n`);
    const series = /^canaryproof_request_duration_milliseconds_(\w+)\{(.*)\} (\S+)$/gm;
    const good = [...text.matchAll(series)].filter(([, , set]) => set?.includes('code="200"'));
    const buckets = good.filter(([, suffix]) => suffix === 'bucket').map(([, , , value]) => Number(value));
    expect(buckets).toHaveLength(20);
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(buckets.at(-1)).toBe(6);
    expect(good.find(([, suffix]) => suffix === 'count')?.[3]).toBe('6');
  });
});
