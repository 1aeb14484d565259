import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { readVirtualService } from './read-virtual-service.ts';

/** The client takes plain HTTP only from a cluster that is marked like this. */
const plain = { 'insecure-skip-tls-verify': true };
const ROUTING = '/apis/networking.istio.io/v1/namespaces/bookinfo';
const metadata = { name: 'reviews', namespace: 'bookinfo', resourceVersion: '812' };
const OBJECTS: Readonly<Record<string, unknown>> = {
  [`${ROUTING}/virtualservices/reviews`]: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata,
    spec: {
      hosts: ['reviews'],
      http: [
        {
          route: [
            { destination: { host: 'reviews', subset: 'reviews-v1' }, weight: 90 },
            { destination: { host: 'reviews', subset: 'reviews-v3' }, weight: 10 },
          ],
        },
      ],
    },
  },
  [`${ROUTING}/destinationrules`]: {
    items: [
      {
        metadata,
        spec: {
          host: 'reviews',
          subsets: [
            { name: 'reviews-v1', labels: { version: 'v1' } },
            { name: 'reviews-v3', labels: { version: 'v3' } },
          ],
        },
      },
    ],
  },
  '/api/v1/namespaces/bookinfo/services': { items: [{ metadata, spec: { selector: { app: 'reviews' } } }] },
};
let folder: string;
let server: Server;
let kubeconfig: string;
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'canaryproof-context-'));
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const found = OBJECTS[request.url ?? ''];
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { kind: 'Status', status: 'Failure', code: 404, message: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  kubeconfig = path.join(folder, 'config');
  writeFileSync(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'a', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...plain } },
        { name: 'gone', cluster: { server: 'http://127.0.0.1:9', ...plain } },
      ],
      users: [{ name: 'me', user: { token: 't' } }],
      contexts: [
        { name: 'staging', context: { cluster: 'a', user: 'me' } },
        { name: 'gone', context: { cluster: 'gone', user: 'me' } },
      ],
    }),
  );
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const read = (
  context: string,
  allowedContext: string | undefined,
  name = 'reviews',
  file: string | undefined = kubeconfig,
) =>
  readVirtualService(createFakeWorld({ cwd: folder, env: { HOME: folder, XDG_STATE_HOME: folder } }), {
    context,
    allowedContext,
    kubeconfig: file,
    namespace: 'bookinfo',
    name,
  });

test('the weights of the object under the names that pods give themselves, and where they were read', async () => {
  expect(await read('staging', 'staging')).toMatchObject({
    arms: [
      { name: 'v1', share: 0.9 },
      { name: 'v3', share: 0.1 },
    ],
    declared: {
      layer: 'api',
      source: 'VirtualService bookinfo/reviews in staging, resourceVersion 812',
      manifest: expect.stringContaining('subset: reviews-v3'),
      context: 'staging',
    },
  });
});

test('a context that is not allowed is not even asked', async () => {
  await expect(read('staging', undefined)).rejects.toMatchObject({
    code: 'CONTEXT_NOT_ALLOWED',
    exitCode: 2,
    hint: expect.stringContaining('--allow-context staging'),
  });
  await expect(read('staging', 'prod')).rejects.toMatchObject({ code: 'CONTEXT_NOT_ALLOWED' });
  expect(asked).toEqual([]);
});

test.each([
  ['an unknown context', () => read('stagin', 'stagin'), 'CONTEXT_UNKNOWN', 2],
  ['no kubeconfig', () => read('staging', 'staging', 'reviews', '/no/such/file'), 'KUBECONFIG_UNREADABLE', 2],
  ['no such object', () => read('staging', 'staging', 'ratings'), 'VIRTUAL_SERVICE_MISSING', 2],
  ['a cluster that is gone', () => read('gone', 'gone'), 'CLUSTER_UNREACHABLE', 3],
])('%s', async (_, ask, code, exitCode) => {
  await expect(ask()).rejects.toMatchObject({ code, exitCode });
});
