/** What is pushed to a server that plays the part of the OCI API which an upload goes through. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { serverCertificate } from '../../k8s/workload/server-certificate.ts';
import { createFakeScene } from '../testkit/fakes/fake-scene.ts';
import { pushImage, type RegistryAddress, withRegistry } from './run-registry.ts';
import { MANIFEST_TYPE, tinyImage } from './tiny-image.ts';

const { certificate, key } = serverCertificate(['127.0.0.1'], Date.now());
const stored = new Map<string, Buffer>();
let refuses: number | undefined;
const server = https.createServer({ cert: certificate, key }, async (request, response) => {
  const url = new URL(request.url ?? '', 'https://registry');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (refuses !== undefined && request.method === 'PUT') return response.writeHead(refuses).end('{"errors":[]}');
  if (request.method === 'POST') return response.writeHead(202, { location: `${url.pathname}one?_state=a%2Fb` }).end();
  const digest = url.searchParams.get('digest');
  if (digest !== null) {
    const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const isWhole = found === digest && url.searchParams.get('_state') === 'a/b';
    if (isWhole) stored.set(digest, bytes);
    return response.writeHead(isWhole ? 201 : 400).end();
  }
  if (request.headers['content-type'] === MANIFEST_TYPE) stored.set(url.pathname, bytes);
  response.writeHead(201).end();
});
let address: RegistryAddress;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, certificate };
});
beforeEach(() => {
  stored.clear();
  refuses = undefined;
});
afterAll(() => void server.close());

test('blobs first, then the manifest that names them', async () => {
  const image = tinyImage({ a: 'b' });
  await pushImage(address, { repository: 'team/cart', tag: 'v1' }, image);
  expect([...stored.keys()]).toEqual([...image.blobs.map(({ digest }) => digest), '/v2/team/cart/manifests/v1']);
  const { config, layers } = JSON.parse(String(stored.get('/v2/team/cart/manifests/v1')));
  for (const { digest, size } of [config, ...layers]) expect(stored.get(digest)).toHaveLength(size);
});

test('one label more is another image', () => {
  const digests = [{}, { a: '1' }, { a: '2' }].map((labels) => tinyImage(labels).manifest.digest);
  expect(new Set(digests).size).toBe(3);
  expect(tinyImage({ a: '1' }).manifest.digest).toBe(digests[1]);
});

test('a registry that refuses is the environment’s fault, in its words', async () => {
  refuses = 507;
  await expect(pushImage(address, { repository: 'a', tag: 'b' }, tinyImage({}))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('answers 507 {"errors":[]} to PUT /v2/a/blobs/uploads/one') as string,
    exitCode: 3,
  });
});

test('so is one with the certificate of another', async () => {
  const stranger = { ...address, certificate: serverCertificate(['127.0.0.1'], Date.now()).certificate };
  await expect(pushImage(stranger, { repository: 'a', tag: 'b' }, tinyImage({}))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('does not answer') as string,
  });
});

test('a registry without a pod that is ready is not asked', async () => {
  const use = () => Promise.reject(new Error('asked'));
  const { client, cluster } = await createFakeScene();
  client.put({ apiVersion: 'v1', resource: 'pods', namespace: 'registry' }, { metadata: { name: 'registry-1' } });
  await expect(withRegistry({ client, cluster }, use)).rejects.toMatchObject({
    code: 'REGISTRY_NOT_READY',
    exitCode: 3,
  });
});
