import { afterEach, expect, test } from 'vitest';
import { fakeReader } from '../testkit/fakes/fake-reader.ts';
import { createProxyWatch, type PodName, type ProxyWatch, type ProxyWatchPorts } from './proxy-watch.ts';
import type { ReaderLine } from './reader-lines.ts';

const HOST = 'reviews.bookinfo.svc.cluster.local';
let watch: ProxyWatch | undefined;
afterEach(() => watch?.[Symbol.asyncDispose]());

/** Everything that the watch tells, as it came; `until` resolves when so much was told. */
function watched(enter: (pod: PodName, entered: number) => readonly string[]) {
  const told: { readonly kind: string; readonly [field: string]: unknown }[] = [];
  const waiting: (() => void)[] = [];
  const tell = (kind: string) => (seen: object) => {
    told.push({ kind, ...seen });
    for (const look of waiting) look();
  };
  const entered: string[] = [];
  const ports: ProxyWatchPorts = {
    hosts: [HOST],
    async enter(pod) {
      entered.push(`${pod.namespace}/${pod.pod}`);
      return enter(pod, entered.length);
    },
    onRoute: tell('route'),
    onCounters: tell('counters'),
    onRejections: tell('rejections'),
    onLost: (proxy, why) => tell('lost')({ proxy, why }),
    onCost: (proxy, cpuMs, polls) => tell('cost')({ proxy, cpuMs, polls }),
  };
  watch = createProxyWatch(ports);
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (told.length >= count) resolve();
      };
      waiting.push(look);
      look();
    });
  return { told, entered, until, watch };
}
const page = { namespace: 'bookinfo', pod: 'page', uid: 'u1', role: 'proxy' } as const;
const route = (at: number, since: number | undefined, updatedMs: number | undefined): ReaderLine => ({
  ...{ kind: 'route', at, since, host: HOST, route: { weights: { v1: 100 }, version: '7', updatedMs } },
});

test('a route is timed by the proxy’s own clock where that fits between two answers, else by the answers', async () => {
  const lines = [
    route(1000, undefined, 400),
    route(2000, 1750, 1800),
    route(3000, 2750, 2000),
    route(4000, 3750, undefined),
  ];
  const { told, until, watch } = watched(() => fakeReader([...lines, route(5000, 4750, 5900)]));
  watch.add(page);
  await until(5);
  expect(told.map(({ proxy, host, atMs, sinceMs }) => [proxy, host, atMs, sinceMs])).toEqual([
    ['bookinfo/page', HOST, 400, undefined],
    ['bookinfo/page', HOST, 1800, undefined],
    // an older time: the text changed, the configuration did not
    ['bookinfo/page', HOST, 3000, 2750],
    ['bookinfo/page', HOST, 4000, 3750],
    // a clock that is ahead of ours
    ['bookinfo/page', HOST, 5000, 4750],
  ]);
});

test('counters, refusals and the cost of looking come with the pod that told them', async () => {
  const rejections = [{ proxy: 'bookinfo/page', type: 'RDS', text: 'no' }];
  const { told, until, watch } = watched(() =>
    fakeReader([
      { kind: 'counters', at: 1, host: HOST, counts: { v1: 2 }, retried: { v1: 1 } },
      { kind: 'rejections', at: 2, since: 1, rejections },
      { kind: 'silent', at: 3, error: 'no answer' },
      { kind: 'alive', at: 4, polls: 9, cpuMs: 5 },
    ]),
  );
  watch.add({ ...page, role: 'istiod' });
  await until(3);
  expect(told).toEqual([
    { kind: 'counters', proxy: 'bookinfo/page', host: HOST, atMs: 1, counts: { v1: 2 }, retried: { v1: 1 } },
    { kind: 'rejections', istiod: 'bookinfo/page', atMs: 2, sinceMs: 1, rejections },
    { kind: 'cost', proxy: 'bookinfo/page', polls: 9, cpuMs: 5 },
  ]);
});

test('a reader that ends by itself is told of with its last words, and the pod is entered again', async () => {
  const { told, entered, until, watch } = watched((_, times) =>
    times === 1 ? fakeReader([], 'out of memory') : fakeReader([route(1, undefined, 1)]),
  );
  watch.add(page);
  await until(2);
  expect(told.map(({ kind, why }) => [kind, why])).toEqual([
    ['lost', 'out of memory'],
    ['route', undefined],
  ]);
  expect(entered).toEqual(['bookinfo/page', 'bookinfo/page']);
});

test('a pod that cannot be entered yet is tried again', async () => {
  const { told, until, watch } = watched((_, times) => {
    if (times === 1) throw new Error('no sandbox yet');
    return fakeReader([route(1, undefined, 1)]);
  });
  watch.add(page);
  await until(1);
  expect(told.map(({ kind }) => kind)).toEqual(['route']);
});

test('a pod is followed once, until it is removed; a removed one is not told of as lost', async () => {
  const { told, entered, until, watch } = watched(() => fakeReader([route(1, undefined, 1)]));
  watch.add(page);
  watch.add(page);
  watch.add({ ...page, pod: 'details', uid: 'u2' });
  await until(2);
  watch.remove('u1');
  await watch[Symbol.asyncDispose]();
  watch.add({ ...page, uid: 'u3' });
  expect(entered.toSorted()).toEqual(['bookinfo/details', 'bookinfo/page']);
  expect(told.map(({ kind }) => kind)).toEqual(['route', 'route']);
});
