/**
 * An API server in memory that is strict about what guards rely on: uids, resource versions, preconditions, 409 for what is
 * there, scopes, label selectors over all namespaces, field managers, and what goes with a namespace or a definition.
 * The same cases run against a real kube-apiserver.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../k8s/client/object.ts';
import { parseTarget, type RequestTarget } from '../../k8s/client/request-target.ts';
import { answerPatch, type PatchAnswer } from './strict-patches.ts';
import { CORE, definedResources, type ServedResource } from './strict-resources.ts';

export interface StrictApiServer extends AsyncDisposable {
  readonly url: string;
  /** Everything that is there: path -> object. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Everything asked but reads, as `METHOD path`. */
  readonly writes: readonly string[];
  /** What is answered to a request, without a connection. */
  ask(request: AskedOf): AnswerText;
}

export interface AskedOf {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly contentType: string;
  /** Empty: none. */
  readonly text: string;
}
export interface AnswerText {
  readonly status: number;
  readonly text: string;
}

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

export async function startStrictApiServer(): Promise<StrictApiServer> {
  const objects = new Map<string, KubeObject>();
  const writes: string[] = [];
  let version = 1000;

  const served = (): readonly ServedResource[] => [...CORE, ...[...objects.values()].flatMap(definedResources)];
  const rootOf = (apiVersion: string) => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
  const pathOf = ({ apiVersion, resource, namespace }: RequestTarget, name: string) =>
    `${rootOf(apiVersion)}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}/${name}`;
  const store = (path: string, object: KubeObject, before: KubeObject | undefined): KubeObject => {
    version += 1;
    const metadata = {
      ...object.metadata,
      uid: before?.metadata.uid ?? randomUUID(),
      creationTimestamp: before?.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z',
      resourceVersion: String(version),
    };
    const stored = { ...object, metadata };
    objects.set(path, stored);
    return stored;
  };
  const remove = (path: string): void => {
    const object = objects.get(path);
    objects.delete(path);
    if (object?.kind === 'Namespace')
      for (const other of [...objects.keys()])
        if (other.includes(`/namespaces/${object.metadata.name}/`)) objects.delete(other);
    if (object?.kind === 'CustomResourceDefinition')
      for (const { apiVersion, name } of definedResources(object))
        for (const other of [...objects.keys()])
          if (other.startsWith(`${rootOf(apiVersion)}/`) && other.includes(`/${name}/`)) objects.delete(other);
  };

  function readDiscovery(path: string): object | undefined {
    const all = served();
    if (path === '/version') return { gitVersion: 'v1.35.4' };
    if (path === '/apis') {
      const groups = new Map<string, string[]>();
      for (const { apiVersion } of all) {
        const [group = '', groupVersion] = apiVersion.split('/');
        if (groupVersion === undefined) continue;
        groups.set(group, [...new Set([...(groups.get(group) ?? []), apiVersion])]);
      }
      const shown = [...groups].map(([name, versions]) => ({
        name,
        versions: versions.map((groupVersion) => ({ groupVersion })),
        preferredVersion: { groupVersion: versions[0] },
      }));
      return { kind: 'APIGroupList', groups: shown };
    }
    const resources = all.filter(({ apiVersion }) => rootOf(apiVersion) === path);
    if (resources.length === 0) return undefined;
    return { kind: 'APIResourceList', resources: resources.map((one) => ({ ...one, verbs: VERBS })) };
  }

  function list({ apiVersion, resource, namespace, query }: RequestTarget): object {
    const selector = new URLSearchParams(query).get('labelSelector') ?? '';
    const wanted = selector
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('='));
    const items = [...objects].flatMap(([path, object]) => {
      const at = parseTarget(path);
      const inside = at?.apiVersion === apiVersion && at.resource === resource;
      if (!inside || (namespace !== undefined && at.namespace !== namespace)) return [];
      const { labels = {} } = object.metadata;
      const fits = wanted.every(([key = '', value]) => (value === undefined ? key in labels : labels[key] === value));
      return fits ? [object] : [];
    });
    return { kind: 'List', metadata: { resourceVersion: String(version) }, items };
  }

  function change(method: string, target: RequestTarget, body: unknown, contentType: string): Answer {
    const resource = served().find((one) => one.apiVersion === target.apiVersion && one.name === target.resource);
    if (!resource || resource.namespaced !== (target.namespace !== undefined)) return [404, 'no such resource'];
    const manager = new URLSearchParams(target.query).get('fieldManager') ?? 'unknown';
    const name = target.name ?? (body as KubeObject).metadata.name;
    const path = pathOf(target, name);
    const found = objects.get(path);
    const whole = { apiVersion: resource.apiVersion, kind: resource.kind };
    const applies = method === 'PATCH' && contentType === 'application/apply-patch+yaml';
    if (method === 'POST' || (applies && !found)) {
      if (found) return [409, `${name} already exists`];
      if (target.namespace !== undefined && !objects.has(`/api/v1/namespaces/${target.namespace}`))
        return [404, `namespaces "${target.namespace}" not found`];
      const entry = { manager, operation: applies ? 'Apply' : 'Update', fieldsV1: {} };
      const object = body as KubeObject;
      const place = { ...object.metadata, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) };
      return [201, store(path, { ...whole, ...object, metadata: { ...place, managedFields: [entry] } }, undefined)];
    }
    if (!found) return [404, `${name} not found`];
    if (method === 'DELETE') {
      const { preconditions = {} } = (body ?? {}) as { preconditions?: Record<string, string> };
      const { uid: at, resourceVersion } = found.metadata;
      if ((preconditions.uid ?? at) !== at || (preconditions.resourceVersion ?? resourceVersion) !== resourceVersion)
        return [409, 'Precondition failed'];
      remove(path);
      return [200, found];
    }
    const answer: PatchAnswer = answerPatch(found, { method, body, contentType, manager });
    return 'status' in answer ? [answer.status, answer.message] : [200, store(path, answer.object, found)];
  }

  function ask({ method, path: url, contentType, text }: AskedOf): AnswerText {
    const answer = (status: number, body: unknown) => ({
      status,
      text: JSON.stringify(typeof body === 'string' ? { kind: 'Status', code: status, message: body } : body),
    });
    if (method !== 'GET') writes.push(`${method} ${url}`);
    const [path = ''] = url.split('?');
    const target = parseTarget(url);
    if (method === 'GET') {
      const found = readDiscovery(path) ?? objects.get(path);
      if (found) return answer(200, found);
      if (target?.name === undefined && target !== undefined && served().some((one) => one.name === target.resource))
        return answer(200, list(target));
      return answer(404, `${path} not found`);
    }
    if (!target) return answer(405, 'no such resource');
    return answer(...change(method, target, text === '' ? undefined : JSON.parse(text), contentType));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '/', headers } = request;
    const asked = { method, path: url, contentType: headers['content-type'] ?? '' };
    const { status, text } = ask({ ...asked, text: Buffer.concat(chunks).toString() });
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  const http = createServer((request, response) => void serve(request, response));
  // as kube-apiserver does; Node's five seconds may end a connection just when a stalled client uses it again
  http.keepAliveTimeout = 90_000;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  for (const name of ['kube-system', 'default'])
    store(`/api/v1/namespaces/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, undefined);
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ...{ objects, writes, ask },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

type Answer = readonly [status: number, body: KubeObject | string];
