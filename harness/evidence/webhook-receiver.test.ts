import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { thorough } from '../testkit/runner/thorough.ts';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const over = new AbortController();
let receiver: WebhookReceiver | undefined;
afterEach(() => receiver?.stop());

async function post(place: string, body: string): Promise<number> {
  const url = `http://127.0.0.1:${receiver?.port}${receiver?.secretPath}${place}`;
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

thorough('a port that is taken is named as the reason', async () => {
  receiver = await startReceiver([], '127.0.0.1', over.signal);
  await expect(startReceiver([], '127.0.0.1', over.signal, { port: receiver.port })).rejects.toMatchObject({
    code: 'RECEIVER_START_FAILED',
    message: expect.stringContaining('EADDRINUSE'),
  });
});

thorough('it ends, and its port is free', async () => {
  const first = await startReceiver([], '127.0.0.1', over.signal);
  await first.stop();
  receiver = await startReceiver([], '127.0.0.1', over.signal, { port: first.port });
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

test('whoever waits for a request is told that the receiver is gone, which says nothing of the senders', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'canaryproof-receiver-'));
  const pidFile = path.join(folder, 'pid');
  const prefix = ['sh', '-c', `echo $$ > ${pidFile}; exec "$@"`, 'sh'];
  const own = await startReceiver(prefix, '127.0.0.1', over.signal);
  const gone = { code: 'RECEIVER_ENDED', exitCode: 3 };
  const waiting = expect(own.waitFor(() => true, 60_000)).rejects.toMatchObject(gone);
  process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
  await waiting;
  await rm(folder, { recursive: true });
  await expect(own.waitFor(() => true, 60_000)).rejects.toMatchObject(gone);
  await own.stop();
});

test('refuses forged, overlong and slow requests, and records none of them', async () => {
  receiver = await startReceiver([], '127.0.0.1', over.signal);
  const { port, secretPath } = receiver;
  const status = async (path: string, body: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body })).status;
  for (const path of ['/statuses', '/', `${secretPath}x`, secretPath.slice(0, -1), `/%2f${secretPath.slice(1)}`])
    expect(await status(path, '{"state":"success"}'), path).toBe(404);
  expect(await status(`${secretPath}/statuses`, 'x'.repeat(65_537))).toBe(413);
  expect(await status(`${secretPath}/statuses`, 'x'.repeat(65_536))).toBe(200);
  await expect.poll(() => receiver?.requests.map(({ path }) => path)).toEqual(['/statuses']);
  await expect.poll(() => receiver?.refused()).toBe(6);
  // another user of this machine cannot read the secret from the list of processes
  const lists = await Promise.all(
    (await readdir('/proc'))
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  );
  expect(lists.some((list) => list.includes(secretPath.slice(1)))).toBe(false);
  // nor does it listen anywhere else
  await expect(fetch(`http://127.0.0.2:${port}${secretPath}/a`)).rejects.toThrow();
});
