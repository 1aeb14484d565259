import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { followProxies } from './follow-proxies.ts';

const pod = (name: string, change: Record<string, unknown> = {}): KubeObject => ({
  metadata: { name, namespace: 'shop' },
  status: { containerStatuses: [{ name: 'istio-proxy', state: { running: {} } }], ...change },
});

/** Logs as a server holds them; each connection is ended by the test. */
function scene() {
  const clock = { ms: 100_000 };
  const lines: string[] = [];
  const opened: { pod: string; sinceTime: string; say: (text: string) => void; end: (error?: Error) => void }[] = [];
  const logs = followProxies({
    follow({ pod: name, sinceTime }, onBytes, signal) {
      const done = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => done.resolve());
      const end = (error?: Error) => (error ? done.reject(error) : done.resolve());
      opened.push({ pod: name, sinceTime, say: (text) => onBytes(Buffer.from(text)), end });
      return done.promise;
    },
    onLine: (line, from) => lines.push(`${from}: ${line}`),
    now: () => clock.ms,
    async pause(_, signal) {
      signal.throwIfAborted();
      await turn();
    },
  });
  return { clock, lines, opened, logs };
}

test('a proxy is read from when it runs, once, and lines are whole', async () => {
  const { logs, opened, lines } = scene();
  logs.tellPod('ADDED', pod('a', { containerStatuses: [{ name: 'istio-proxy', state: { waiting: {} } }] }));
  expect(opened).toEqual([]);
  logs.tellPod('MODIFIED', pod('a'));
  logs.tellPod('MODIFIED', pod('a'));
  logs.tellPod('ADDED', pod('no-mesh', { containerStatuses: [{ name: 'app', state: { running: {} } }] }));
  logs.tellPod(
    'ADDED',
    pod('native', { containerStatuses: [], initContainerStatuses: [{ name: 'istio-proxy', state: { running: {} } }] }),
  );
  expect(opened.map(({ pod: name }) => name)).toEqual(['a', 'native']);
  opened[0]!.say('{"a"');
  opened[0]!.say(':1}\nhalf');
  expect(lines).toEqual(['shop/a: {"a":1}']);
  await logs.end();
  expect(logs.followed.size).toBe(0);
});

test('a connection that broke is opened again from a second before', async () => {
  const { logs, opened, clock } = scene();
  logs.tellPod('ADDED', pod('a'));
  expect(opened[0]!.sinceTime).toBe('1970-01-01T00:01:39.000Z');
  clock.ms = 200_000;
  opened[0]!.say('x\n');
  opened[0]!.end(new Error('reset'));
  await expect.poll(() => opened.length).toBe(2);
  expect(opened[1]!.sinceTime).toBe('1970-01-01T00:03:19.000Z');
  await logs.end();
});

test.each([
  ['deleted', 'DELETED', {}],
  ['over', 'MODIFIED', { phase: 'Failed' }],
] as const)('a pod that is %s is read to its end, and not again', async (_, type, change) => {
  const { logs, opened, lines } = scene();
  logs.tellPod('ADDED', pod('a'));
  logs.tellPod(type, pod('a', change));
  opened[0]!.say('its last words\n');
  opened[0]!.end();
  await expect.poll(() => logs.followed.size).toBe(0);
  expect([lines, opened.length]).toEqual([['shop/a: its last words'], 1]);
  await logs.end();
});
