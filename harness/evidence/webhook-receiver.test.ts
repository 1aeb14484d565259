import { afterEach, expect, test } from 'vitest';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const over = new AbortController();
let receiver: WebhookReceiver | undefined;
afterEach(() => receiver?.stop());

async function post(path: string, body: string): Promise<number> {
  const url = `http://127.0.0.1:${receiver?.port}${path}`;
  return (await fetch(url, { method: 'POST', body })).status;
}

test('keeps every request with its time, and tells whoever waits for one', async () => {
  receiver = await startReceiver([], '127.0.0.1', over.signal);
  const before = Date.now();
  const waiting = receiver.waitFor(({ path }) => path === '/b', 5_000);
  expect([await post('/a?x=1', 'first'), await post('/b', '{"n":2}')]).toEqual([200, 200]);
  expect(await waiting).toMatchObject({ method: 'POST', path: '/b', body: '{"n":2}' });
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/a?x=1', '/b']);
  expect(receiver.requests[0]?.atMs).toBeGreaterThanOrEqual(before);
  // one that came before is found too, unless only later ones count
  expect((await receiver.waitFor(({ path }) => path.startsWith('/a'), 50))?.body).toBe('first');
  expect(await receiver.waitFor(({ path }) => path.startsWith('/a'), 50, 1)).toBeUndefined();
});

test('a port that is taken is named as the reason', async () => {
  receiver = await startReceiver([], '127.0.0.1', over.signal);
  await expect(startReceiver([], '127.0.0.1', over.signal, receiver.port)).rejects.toMatchObject({
    code: 'RECEIVER_START_FAILED',
    message: expect.stringContaining('EADDRINUSE'),
  });
});

test('it ends, and its port is free', async () => {
  const first = await startReceiver([], '127.0.0.1', over.signal);
  await first.stop();
  receiver = await startReceiver([], '127.0.0.1', over.signal, first.port);
  expect(receiver.port).toBe(first.port);
});

test('whoever waits for a request is told at once that the run is over', async () => {
  const run = new AbortController();
  const own = await startReceiver([], '127.0.0.1', run.signal);
  const reason = new Error('interrupted');
  const waiting = expect(own.waitFor(() => true, 600_000)).rejects.toBe(reason);
  run.abort(reason);
  await waiting;
  await expect(own.waitFor(() => true, 600_000)).rejects.toBe(reason);
  await own.stop();
});
