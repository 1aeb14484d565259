import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeApiServer, startFakeApiServer } from '../../harness/testkit/fakes/fake-api-server.ts';
import { type ClusterClient, createClusterClient } from './cluster-client.ts';
import type { KubeObject } from './object.ts';
import type { WatchArrival } from './watch.ts';

const PODS = '/api/v1/namespaces/shop/pods';
const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'shop' };
const pod = (name: string, phase = 'Pending'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  status: { phase },
});
const isRunning = (object: KubeObject | undefined) => object?.status?.phase === 'Running';

let server: FakeApiServer;
let client: ClusterClient;

beforeEach(async () => {
  server = await startFakeApiServer();
  client = createClusterClient(server.kubeconfig);
});
afterEach(() => server[Symbol.asyncDispose]());

describe('one object', () => {
  test('get asks for it by its path, with the token of the kubeconfig', async () => {
    server.put(PODS, pod('a'));
    expect((await client.get(pods, 'a'))?.metadata.name).toBe('a');
    expect(server.asked).toMatchObject([{ method: 'GET', path: `${PODS}/a`, authorization: 'Bearer secret' }]);
  });

  test('what is not there is undefined, and may be deleted', async () => {
    expect(await client.get(pods, 'a')).toBeUndefined();
    await client.delete(pods, 'a');
    expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
  });

  test('any other refusal is an error with the message of the Status object', async () => {
    server.refuse(PODS, 403, 'pods "a" is forbidden');
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      name: 'ApiError',
      status: 403,
      ...{ code: 'API_REFUSED', exitCode: 3 },
      message: `the API server refused a request: GET ${PODS}/a: 403 pods "a" is forbidden`,
    });
    await expect(client.delete(pods, 'a')).rejects.toMatchObject({ status: 403 });
  });

  test('a server that is not there is the environment, with the reason', async () => {
    const dead = await startFakeApiServer();
    const gone = createClusterClient(dead.kubeconfig);
    await dead[Symbol.asyncDispose]();
    await expect(gone.get(pods, 'a')).rejects.toMatchObject({
      ...{ code: 'API_UNREACHABLE', exitCode: 3, message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test('list gives the items; a label selector is encoded', async () => {
    server.put(PODS, pod('a'));
    server.put(PODS, pod('b'));
    expect((await client.list(pods, 'app in (x, y)')).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(server.asked[0]?.query.get('labelSelector')).toBe('app in (x, y)');
  });

  test.each([
    ['merge', 'application/merge-patch+json', { spec: { a: null } }],
    ['json', 'application/json-patch+json', [{ op: 'remove', path: '/spec/a' }]],
  ] as const)('a %s patch has its content type and our field manager', async (type, contentType, body) => {
    await client.patch(pods, 'a', type, body);
    expect(server.asked).toMatchObject([{ method: 'PATCH', path: `${PODS}/a`, contentType, body }]);
    expect(server.asked[0]?.query.get('fieldManager')).toBe('canaryproof');
  });

  test('create posts to the collection; getText gives the text as it is', async () => {
    await client.create(pods, pod('a'));
    expect(server.asked).toMatchObject([{ method: 'POST', path: PODS, contentType: 'application/json' }]);
    expect(await client.getText('/readyz')).toBe('ok');
  });

  test('create makes nothing where it is only asked what would come of it', async () => {
    await client.create(pods, pod('a'), { dryRun: true });
    await client.create(pods, pod('a'));
    expect(server.asked.map(({ query }) => query.get('dryRun'))).toEqual(['All', null]);
  });
});

describe('apply', () => {
  const deployment = (name: string, namespace?: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const patches = () => server.asked.filter(({ method }) => method === 'PATCH');
  beforeEach(() => {
    server.resources.set('/apis/apps/v1', [
      { name: 'deployments', kind: 'Deployment', namespaced: true },
      { name: 'deployments/scale', kind: 'Deployment', namespaced: true },
    ]);
    server.resources.set('/api/v1', [{ name: 'namespaces', kind: 'Namespace', namespaced: false }]);
  });

  test('is a forced server-side apply under our field manager', async () => {
    await client.apply([deployment('web', 'shop')]);
    expect(patches()).toMatchObject([
      {
        path: '/apis/apps/v1/namespaces/shop/deployments/web',
        contentType: 'application/apply-patch+yaml',
        body: { metadata: { name: 'web', namespace: 'shop' } },
      },
    ]);
    expect(String(patches()[0]?.query)).toBe('fieldManager=canaryproof&force=true');
  });

  test('the given namespace goes to objects that name none, and to no cluster-wide kind', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } };
    await client.apply([deployment('a'), deployment('b', 'own'), namespace], { namespace: 'given' });
    await client.apply([deployment('c')]);
    expect(
      patches()
        .map((patch) => patch.path)
        .sort(),
    ).toEqual([
      '/api/v1/namespaces/n',
      '/apis/apps/v1/namespaces/default/deployments/c',
      '/apis/apps/v1/namespaces/given/deployments/a',
      '/apis/apps/v1/namespaces/own/deployments/b',
    ]);
    expect(patches().find(({ path }) => path.endsWith('/n'))?.body).toEqual(namespace);
  });

  test('discovery is asked once, and again only while a kind is missing from it', async () => {
    await client.apply([deployment('a')]);
    await client.apply([deployment('b')]);
    const discoveries = () => server.asked.filter(({ path }) => path === '/apis/apps/v1').length;
    expect(discoveries()).toBe(1);
    const rollout = { apiVersion: 'apps/v1', kind: 'Rollout', metadata: { name: 'r' } };
    await expect(client.apply([rollout])).rejects.toMatchObject({ code: 'KIND_UNKNOWN', where: 'Rollout r' });
    server.resources.set('/apis/apps/v1', [{ name: 'rollouts', kind: 'Rollout', namespaced: true }]);
    await client.apply([rollout]);
    expect(patches().at(-1)?.path).toBe('/apis/apps/v1/namespaces/default/rollouts/r');
  });

  test('a group that is not served yet is asked again', async () => {
    const gateway = { apiVersion: 'example.dev/v1', kind: 'Gateway', metadata: { name: 'g' } };
    await expect(client.apply([gateway])).rejects.toMatchObject({ code: 'KIND_UNKNOWN' });
    server.resources.set('/apis/example.dev/v1', [{ name: 'gateways', kind: 'Gateway', namespaced: false }]);
    await client.apply([gateway]);
    expect(patches().at(-1)?.path).toBe('/apis/example.dev/v1/gateways/g');
  });

  test('a refusal names the object and what the server said', async () => {
    server.refuse('/apis/apps/v1/namespaces/', 422, 'spec.selector: Required value');
    await expect(client.apply([deployment('web', 'shop')])).rejects.toMatchObject({
      code: 'APPLY_REFUSED',
      message: expect.stringMatching(/refused Deployment shop\/web: .*422 spec\.selector: Required value/),
    });
  });
});

describe('waitFor', () => {
  const wait = (met: typeof isRunning, timeoutMs = 4000, signal?: AbortSignal) =>
    client.waitFor(pods, 'a', met, { timeoutMs, what: 'Pod a to run', ...(signal ? { signal } : {}) });

  test('a condition that holds already needs no watch', async () => {
    server.put(PODS, pod('a', 'Running'));
    expect((await wait(isRunning))?.status?.phase).toBe('Running');
    expect(server.asked).toHaveLength(1);
  });

  test('absence is a condition too', async () => {
    expect(await wait((object) => object === undefined)).toBeUndefined();
  });

  test('a watch event meets it', async () => {
    server.put(PODS, pod('a'));
    const running = wait(isRunning);
    await server.watched(PODS);
    server.put(PODS, pod('b', 'Running'));
    server.put(PODS, pod('a', 'Running'));
    expect(await running).toMatchObject({ metadata: { name: 'a' }, status: { phase: 'Running' } });
  });

  test('so does a deletion', async () => {
    server.put(PODS, pod('a'));
    const gone = wait((object) => object === undefined);
    await server.watched(PODS);
    server.remove(PODS, 'a');
    expect(await gone).toBeUndefined();
  });

  test('a kind that appears later is waited for', async () => {
    const running = wait(isRunning);
    await expect.poll(() => server.asked.length).toBeGreaterThan(1);
    server.put(PODS, pod('a', 'Running'));
    expect((await running)?.status?.phase).toBe('Running');
  });

  test('in time or not at all: the error says what was awaited', async () => {
    server.put(PODS, pod('a'));
    await expect(wait(isRunning, 300)).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      exitCode: 3,
      message: expect.stringContaining('Pod a to run: not within 0 s'),
      where: `${PODS}/a`,
    });
  });

  test('an interruption is not a timeout', async () => {
    server.put(PODS, pod('a'));
    const controller = new AbortController();
    const running = wait(isRunning, 4000, controller.signal);
    await server.watched(PODS);
    controller.abort(new DOMException('Ctrl-C', 'AbortError'));
    await expect(running).rejects.toThrow('Ctrl-C');
  });

  test('an error of the condition surfaces and is not waited for', async () => {
    server.put(PODS, pod('a'));
    const broken = wait((object) => {
      if (isRunning(object)) throw new TypeError('cannot read it');
      return false;
    });
    await server.watched(PODS);
    server.put(PODS, pod('a', 'Running'));
    await expect(broken).rejects.toThrow('cannot read it');
  });
});

describe('watch', () => {
  const controllers: AbortController[] = [];
  afterEach(() => {
    for (const controller of controllers.splice(0)) controller.abort();
  });
  function follow() {
    const events: string[] = [];
    const arrivals: WatchArrival[] = [];
    const controller = new AbortController();
    controllers.push(controller);
    const ended = client.watch(
      pods,
      (type, { kind, metadata }, arrival) => {
        events.push(`${type} ${kind} ${metadata.name}`);
        arrivals.push(arrival);
      },
      controller.signal,
    );
    return { events, arrivals, ended, controller };
  }

  test('first what is there, then what happens; an abort ends it', async () => {
    server.put(PODS, pod('a'));
    const { events, ended, controller } = follow();
    await server.watched(PODS);
    server.put(PODS, pod('b'));
    server.put(PODS, pod('a', 'Running'));
    server.remove(PODS, 'b');
    await expect.poll(() => events).toEqual(['ADDED Pod a', 'ADDED Pod b', 'MODIFIED Pod a', 'DELETED Pod b']);
    const open = server.asked.find(({ query }) => query.has('watch'));
    expect(open?.query.get('resourceVersion')).toBe('101');
    controller.abort();
    await ended;
  });

  test('a broken connection is resumed where it ended: every write of the gap is told, as being late', async () => {
    server.put(PODS, pod('a'));
    const { events, arrivals } = follow();
    await server.watched(PODS);
    server.put(PODS, pod('a', 'live'));
    await expect.poll(() => events).toHaveLength(2);
    expect(arrivals).toEqual([
      { source: 'list', sinceMs: Number.NEGATIVE_INFINITY },
      { source: 'watch', sinceMs: undefined },
    ]);
    const before = Date.now();
    server.dropWatches();
    server.put(PODS, pod('a', 'first'));
    server.put(PODS, pod('a', 'second'));
    await expect.poll(() => events).toEqual(['ADDED Pod a', ...Array(3).fill('MODIFIED Pod a')]);
    for (const { source, sinceMs } of arrivals.slice(2)) {
      expect(source).toBe('watch');
      expect(sinceMs).toBeLessThanOrEqual(before);
      expect(sinceMs).toBeGreaterThan(before - 5000);
    }
    expect(server.asked.filter(({ query }) => !query.has('watch'))).toHaveLength(1);
  });

  test('after 410 the list tells what came of the gap, and since when it may have been', async () => {
    server.put(PODS, pod('a'));
    const { events, arrivals } = follow();
    await server.watched(PODS);
    server.put(PODS, pod('a', 'live'));
    await expect.poll(() => events).toHaveLength(2);
    const before = Date.now();
    server.expireWatches();
    server.put(PODS, pod('a', 'first'));
    server.put(PODS, pod('a', 'second'));
    await expect.poll(() => events).toHaveLength(3);
    expect(arrivals[2]?.source).toBe('list');
    expect(arrivals[2]?.sinceMs).toBeLessThanOrEqual(before);
  });

  test.each(['dropWatches', 'expireWatches'] as const)('after %s the gap is told, once', async (breakOff) => {
    for (const name of ['same', 'changed', 'removed']) server.put(PODS, pod(name));
    const { events } = follow();
    await server.watched(PODS);
    await expect.poll(() => events).toHaveLength(3);
    server[breakOff]();
    server.put(PODS, pod('changed', 'Running'));
    server.remove(PODS, 'removed');
    server.put(PODS, pod('new'));
    await expect.poll(() => events).toHaveLength(6);
    expect(events.slice(3).sort()).toEqual(['ADDED Pod new', 'DELETED Pod removed', 'MODIFIED Pod changed']);
    await server.watched(PODS);
    server.put(PODS, pod('later'));
    await expect.poll(() => events.slice(6)).toEqual(['ADDED Pod later']);
  });

  test('a server error is outlived', async () => {
    server.put(PODS, pod('a'));
    server.refuse(PODS, 503);
    const { events } = follow();
    await expect.poll(() => server.asked.length).toBeGreaterThan(0);
    server.refuse(PODS, undefined);
    await expect.poll(() => events).toEqual(['ADDED Pod a']);
  });

  test('a refusal of the list ends it', async () => {
    server.refuse(PODS, 403, 'no');
    await expect(follow().ended).rejects.toMatchObject({ status: 403 });
  });

  test('a list that works and a watch that is refused do not hammer the server', async () => {
    server.put(PODS, pod('a'));
    server.refuse(`${PODS}?watch`, 500);
    const { events } = follow();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.asked.length).toBeLessThan(10);
    expect(events).toEqual(['ADDED Pod a']);
  });
});
