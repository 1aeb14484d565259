import { expect, test } from 'vitest';
import { environmentError } from '../errors/harness-error.ts';
import { createFakeClusterClient } from '../testkit/fakes/fake-cluster-client.ts';
import { type SeenObject, watchCluster } from './cluster-watch.ts';

const places = { namespaces: ['shop'], podNamespaces: ['istio-system', 'shop'], applicationNamespace: 'argocd' };
const pods = (namespace: string) => ({ apiVersion: 'v1', resource: 'pods', namespace });

function watched(change: Partial<typeof places> = {}) {
  const client = createFakeClusterClient();
  const seen: SeenObject[] = [];
  const over = new AbortController();
  let ms = 40;
  const start = () =>
    watchCluster(
      client,
      { ...places, ...change },
      () => ms++,
      (one) => seen.push(one),
      over.signal,
    );
  return { client, seen, over, start };
}

test('every event is handed on whole, stamped on arrival, with how it came', async () => {
  const { client, seen, over, start } = watched();
  client.put(pods('shop'), { metadata: { name: 'early' } });
  const watching = start();
  client.put(pods('shop'), { metadata: { name: 'late' }, spec: { nodeName: 'n' } });
  client.remove(pods('shop'), 'early');
  expect(
    seen.map(({ atMs, type, kind, object, arrival }) => [atMs, type, kind, object.metadata.name, arrival]),
  ).toEqual([
    [40, 'ADDED', 'Pod', 'early', { source: 'list', sinceMs: Number.NEGATIVE_INFINITY }],
    [41, 'ADDED', 'Pod', 'late', { source: 'watch', sinceMs: undefined }],
    [42, 'DELETED', 'Pod', 'early', { source: 'watch', sinceMs: undefined }],
  ]);
  expect(seen[1]?.object.spec).toEqual({ nodeName: 'n' });
  over.abort();
  await watching;
});

test('the kinds of a verdict in the profile’s namespaces, pods of the mesh’s own, Applications where Argo CD lives', async () => {
  const { client, over, start } = watched();
  const paths: string[] = [];
  const watch = client.watch;
  client.watch = (collection, ...rest) => {
    paths.push(`${collection.namespace}/${collection.resource}`);
    return watch(collection, ...rest);
  };
  const watching = start();
  expect(paths.filter((path) => !path.startsWith('shop/'))).toEqual(['istio-system/pods', 'argocd/applications']);
  expect(paths.filter((path) => path.startsWith('shop/')).map((path) => path.slice(5))).toEqual([
    ...[
      'virtualservices',
      'destinationrules',
      'services',
      'endpointslices',
      'pods',
      'events',
      'rollouts',
      'analysisruns',
    ],
  ]);
  over.abort();
  await watching;
});

test('what the caller throws, and a watch that is refused, end it', async () => {
  const broken = createFakeClusterClient();
  broken.watch = (collection) =>
    collection.resource === 'events'
      ? Promise.reject(environmentError('FORBIDDEN', 'events are forbidden'))
      : new Promise(() => undefined);
  const refused = watchCluster(broken, places, Date.now, () => undefined, new AbortController().signal);
  await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
