import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseHops } from './hops.ts';
import { setBehaviour, startForTest } from './start-for-tests.ts';

const named = (SERVICE: string, VERSION: string, more: Readonly<Record<string, string>> = {}) =>
  startForTest({ SERVICE, VERSION, POD_NAME: `${SERVICE}-0`, ...more });

async function listening(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function bookinfo() {
  const ratings = await named('ratings', 'v1');
  const details = await named('details', 'v1');
  const reviews = await named('reviews', 'v3', { UPSTREAMS: `ratings=${ratings.origin}/ratings/0` });
  const upstreams = `details=${details.origin}/details/0,reviews=${reviews.origin}/reviews/0`;
  const productpage = await named('productpage', 'v1', { UPSTREAMS: upstreams });
  return { ratings, details, reviews, productpage };
}

describe('upstream calls', () => {
  it('carries the whole chain in declared order, nested chains flattened', async () => {
    const { productpage } = await bookinfo();
    const response = await fetch(`${productpage.origin}/productpage`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-canaryproof-hops')).toBe(
      'productpage=v1@productpage-0;details=v1@details-0;reviews=v3@reviews-0;ratings=v1@ratings-0',
    );
    expect(await response.json()).toMatchObject({
      service: 'productpage',
      upstreams: [
        { name: 'details', status: 200, failed: false, version: 'v1', pod: 'details-0' },
        { name: 'reviews', status: 200, failed: false, version: 'v3', pod: 'reviews-0' },
      ],
    });
  });

  it('answers 503 with the hops known so far and the name of whoever failed, at every level', async () => {
    const { ratings, productpage } = await bookinfo();
    await ratings.stop(0, 0);
    const response = await fetch(`${productpage.origin}/productpage`);
    expect(response.status).toBe(503);
    expect(response.headers.get('x-canaryproof-hops')).toBe(
      'productpage=v1@productpage-0;details=v1@details-0;reviews=v3@reviews-0;ratings=error@;reviews=error@',
    );
    expect(await response.json()).toMatchObject({
      degraded: true,
      upstreams: [{ failed: false }, { name: 'reviews', status: 503, failed: true, version: 'v3' }],
    });
    const text = await (await fetch(`${productpage.origin}/metrics`)).text();
    expect(text).toMatch(/^canaryproof_upstream_failures_total\{upstream="details".*\} 0$/m);
    expect(text).toMatch(/^canaryproof_upstream_failures_total\{upstream="reviews".*\} 1$/m);
  });

  it('keeps the receiver of an injected upstream error: who erred is known', async () => {
    const { reviews, productpage } = await bookinfo();
    await setBehaviour(reviews, { errorShare: 1 });
    const response = await fetch(productpage.origin);
    expect(response.status).toBe(503);
    expect(parseHops(response.headers.get('x-canaryproof-hops') ?? '')).toEqual([
      { service: 'productpage', version: 'v1', pod: 'productpage-0' },
      { service: 'details', version: 'v1', pod: 'details-0' },
      { service: 'reviews', version: 'v3', pod: 'reviews-0' },
      { service: 'reviews', version: 'error', pod: '' },
    ]);
  });

  it('degrades instead where that is asked for, still naming the failure', async () => {
    const closed = await listening(net.createServer((socket) => socket.destroy()));
    const page = await named('page', 'v1', { UPSTREAMS: `gone=${closed}`, ON_UPSTREAM_FAILURE: 'degrade' });
    const response = await fetch(page.origin);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-canaryproof-hops')).toBe('page=v1@page-0;gone=error@');
    expect(await response.json()).toMatchObject({
      degraded: true,
      upstreams: [{ name: 'gone', status: 0, failed: true, error: expect.stringContaining('ECONNRESET') }],
    });
  });

  it('gives up after the timeout, also in the middle of a body', async () => {
    const silent = await listening(net.createServer(() => undefined));
    const stuck = await listening(
      http.createServer((_, response) => void response.writeHead(200, { 'content-length': '10' }).write('half')),
    );
    const UPSTREAMS = `silent=${silent},stuck=${stuck}`;
    const page = await named('page', 'v1', { UPSTREAMS, UPSTREAM_TIMEOUT_MS: '50' });
    const response = await fetch(page.origin);
    expect(response.status).toBe(503);
    expect(response.headers.get('x-canaryproof-hops')).toBe('page=v1@page-0;silent=error@;stuck=error@');
    expect(await response.json()).toMatchObject({
      upstreams: [
        { name: 'silent', status: 0, error: 'no complete answer within 50 ms' },
        { name: 'stuck', status: 200, failed: true, bytes: 4 },
      ],
    });
  });

  it('marks an answer that was cut', async () => {
    const cut = await listening(
      http.createServer((_, response) => {
        response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
      }),
    );
    const page = await named('page', 'v1', { UPSTREAMS: `cut=${cut}` });
    const response = await fetch(page.origin);
    expect(response.status).toBe(503);
    expect(response.headers.get('x-canaryproof-hops')).toBe('page=v1@page-0;cut=error@');
  });

  it.each([
    ['nothing', undefined, 'other=@'],
    ['a forged chain', 'reviews=v3', 'other=@'],
    ['a chain', 'other=v2@x', 'other=v2@x'],
  ])('reports a foreign upstream that says %s', async (_, chain, expected) => {
    const foreign = await listening(
      http.createServer((_request, response) => {
        response.writeHead(204, chain === undefined ? {} : { 'x-canaryproof-hops': chain }).end();
      }),
    );
    const page = await named('page', 'v1', { UPSTREAMS: `other=${foreign}` });
    const response = await fetch(page.origin);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-canaryproof-hops')).toBe(`page=v1@page-0;${expected}`);
  });

  it('passes on trace context, user and session, and nothing else', async () => {
    let seen: http.IncomingHttpHeaders = {};
    const spy = await listening(
      http.createServer((request, response) => {
        seen = request.headers;
        response.end();
      }),
    );
    const page = await named('page', 'v1', { UPSTREAMS: `spy=${spy}` });
    const passed = {
      'x-request-id': '1',
      'x-b3-traceid': '2',
      b3: '3',
      traceparent: '4',
      tracestate: '5',
      'end-user': 'jason',
      authorization: 'Bearer x',
      cookie: 'user=jason',
      'user-agent': 'test',
    };
    await fetch(page.origin, { headers: { ...passed, 'x-secret': 'no', 'x-forwarded-client-cert': 'no' } });
    expect(seen).toMatchObject({ ...passed, 'x-canaryproof-depth': '1' });
    expect(seen).not.toHaveProperty('x-secret');
    expect(seen).not.toHaveProperty('x-forwarded-client-cert');
  });

  it('calls side by side over connections that it keeps', async () => {
    let connections = 0;
    const waiting: http.ServerResponse[] = [];
    // Answers only when both calls have arrived: one after the other would never finish.
    const pair = http.createServer((_, response) => {
      waiting.push(response);
      if (waiting.length === 2) for (const each of waiting.splice(0)) each.end();
    });
    pair.on('connection', () => connections++);
    const origin = await listening(pair);
    const page = await named('page', 'v1', { UPSTREAMS: `a=${origin}/a,b=${origin}/b` });
    for (let round = 0; round < 5; round++) expect((await fetch(page.origin)).status).toBe(200);
    expect(connections).toBe(2);
  });

  it('ends a ring of upstreams instead of calling forever', async () => {
    const probe = net.createServer();
    const origin = await listening(probe);
    await new Promise((resolve) => probe.close(resolve));
    const page = await named('page', 'v1', { PORT: new URL(origin).port, UPSTREAMS: `page=${origin}` });
    const response = await fetch(page.origin);
    expect(response.status).toBe(503);
    const hops = parseHops(response.headers.get('x-canaryproof-hops') ?? '');
    expect(hops.filter(({ pod }) => pod === 'page-0')).toHaveLength(13);
  });
});
