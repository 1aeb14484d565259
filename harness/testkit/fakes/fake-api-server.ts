/** An HTTP server on 127.0.0.1 that behaves like a Kubernetes API server: objects, discovery, list and watch. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { KubeObject } from '../../../k8s/client/object.ts';

export interface AskedOfApi {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface FakeApiServer extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly asked: AskedOfApi[];
  /** Discovery documents: `/apis/apps/v1` -> its resources. */
  readonly resources: Map<string, readonly { name: string; kind: string; namespaced: boolean }[]>;
  /** Makes or changes an object of one collection path and tells the watchers. */
  put(collection: string, object: KubeObject): void;
  remove(collection: string, name: string): void;
  /** Breaks every open watch off; events until the next list reach nobody. */
  dropWatches(): void;
  /** Tells every watcher that its version is too old (410), and ends the watch. */
  expireWatches(): void;
  /** Resolves when a watch of the collection is open. */
  watched(collection: string): Promise<void>;
  /** Answers every request whose path begins so with this status instead; undefined: as usual again. */
  refuse(prefix: string, status: number | undefined, message?: string): void;
}

interface OpenWatch {
  readonly collection: string;
  readonly name: string | undefined;
  readonly response: ServerResponse;
}

export async function startFakeApiServer(): Promise<FakeApiServer> {
  // goes with the run of tests: one program less for each server
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-api-'));
  const objects = new Map<string, Map<string, KubeObject>>();
  const refusals = new Map<string, { readonly status: number; readonly message: string }>();
  const watches = new Set<OpenWatch>();
  const waiting: { readonly collection: string; readonly open: () => void }[] = [];
  const asked: AskedOfApi[] = [];
  const resources: FakeApiServer['resources'] = new Map();
  /** Everything that happened, for watches that resume. */
  const log: {
    readonly version: number;
    readonly collection: string;
    readonly type: string;
    readonly object: KubeObject;
  }[] = [];
  let version = 100;

  const send = (response: ServerResponse, status: number, body: unknown) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  const failure = (response: ServerResponse, status: number, message: string) =>
    send(response, status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message });
  const tell = (collection: string, type: string, object: KubeObject) => {
    log.push({ version, collection, type, object });
    for (const watch of watches)
      if (watch.collection === collection && (watch.name ?? object.metadata.name) === object.metadata.name)
        watch.response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const nameOf = (query: URLSearchParams) => /^metadata\.name=(.+)$/.exec(query.get('fieldSelector') ?? '')?.[1];

  function openWatch(collection: string, query: URLSearchParams, response: ServerResponse): void {
    const watch = { collection, name: nameOf(query), response };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    watches.add(watch);
    const since = Number(query.get('resourceVersion') ?? version);
    for (const event of log)
      if (
        event.version > since &&
        event.collection === collection &&
        (watch.name ?? event.object.metadata.name) === event.object.metadata.name
      )
        response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
    response.once('close', () => watches.delete(watch));
    for (const waiter of waiting.filter((one) => one.collection === collection)) {
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.open();
    }
  }

  function list(collection: string, query: URLSearchParams, response: ServerResponse): void {
    const name = nameOf(query);
    const items = [...(objects.get(collection)?.values() ?? [])]
      .filter((object) => name === undefined || object.metadata.name === name)
      // lists leave kind and version of their items out
      .map(({ kind: _, apiVersion: __, ...item }) => item);
    const kind = [...(objects.get(collection)?.values() ?? [])][0]?.kind ?? 'Thing';
    send(response, 200, { kind: `${kind}List`, apiVersion: 'v1', metadata: { resourceVersion: `${version}` }, items });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const { pathname, searchParams: query } = url;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { 'content-type': contentType, authorization } = request.headers;
    const method = request.method ?? 'GET';
    asked.push({ method, path: pathname, query, contentType, authorization, body: text && JSON.parse(text) });
    const refusal = [...refusals].find(([prefix]) => url.href.slice('http://api'.length).startsWith(prefix))?.[1];
    if (refusal) return failure(response, refusal.status, refusal.message);
    const discovery = resources.get(pathname);
    if (discovery) return send(response, 200, { kind: 'APIResourceList', resources: discovery });
    if (pathname === '/readyz') return send(response, 200, 'ok');
    if (pathname === '/apis') return send(response, 200, { kind: 'APIGroupList', groups: [] });
    if (method === 'GET' && pathname === '/api/v1/namespaces/kube-system')
      return send(response, 200, { kind: 'Namespace', metadata: { name: 'kube-system', uid: 'uid-of-the-fake' } });
    if (pathname === '/version') return send(response, 200, { gitVersion: 'v1.35.4' });
    const [collection, name] = [pathname.slice(0, pathname.lastIndexOf('/')), path.posix.basename(pathname)];
    const object = objects.get(collection)?.get(name);
    if (method === 'PATCH') return send(response, 200, object ?? { metadata: { name } });
    if (method === 'POST') return send(response, 200, asked.at(-1)?.body ?? {});
    if (method === 'DELETE' && object) {
      server.remove(collection, name);
      return send(response, 200, object);
    }
    if (method === 'GET' && query.get('watch') === 'true') return openWatch(pathname, query, response);
    if (method === 'GET' && objects.has(pathname)) return list(pathname, query, response);
    if (method === 'GET' && object) return send(response, 200, object);
    failure(response, 404, `${name} not found`);
  }

  const http = createServer((request, response) => void answer(request, response));
  // as kube-apiserver does; Node's five seconds may end a connection just when a stalled client uses it again
  http.keepAliveTimeout = 90_000;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const kubeconfig = path.join(folder, 'config');
  const cluster = {
    server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    // the client library speaks plain HTTP only to a cluster that is marked like this
    'insecure-skip-tls-verify': true,
  };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      clusters: [{ name: 'fake', cluster }],
      users: [{ name: 'fake', user: { token: 'secret' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    }),
  );
  const server: FakeApiServer = {
    kubeconfig,
    asked,
    resources,
    put(collection, object) {
      version += 1;
      const known = objects.get(collection) ?? new Map<string, KubeObject>();
      objects.set(collection, known);
      const type = known.has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } };
      known.set(object.metadata.name, stored);
      tell(collection, type, stored);
    },
    remove(collection, name) {
      version += 1;
      const object = objects.get(collection)?.get(name);
      objects.get(collection)?.delete(name);
      if (!object) return;
      tell(collection, 'DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } });
    },
    dropWatches() {
      for (const { response } of watches) response.destroy();
      watches.clear();
    },
    expireWatches() {
      const status = { kind: 'Status', code: 410, message: 'too old resource version' };
      for (const { response } of watches) response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      watches.clear();
    },
    watched: (collection) =>
      [...watches].some((watch) => watch.collection === collection)
        ? Promise.resolve()
        : new Promise((open) => waiting.push({ collection, open })),
    refuse(prefix, status, message = `refused with ${status}`) {
      if (status === undefined) refusals.delete(prefix);
      else refusals.set(prefix, { status, message });
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
