import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { put, readBelow } from './etcd-gateway.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
let folder: string;
let socket: string;
let server: http.Server;
let asked: { path: string; body: Record<string, string> }[];
let answer: { status: number; text: string };

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-test-'));
  socket = path.join(folder, 'etcd.sock');
  asked = [];
  server = http.createServer((request, response) => {
    let text = '';
    request
      .on('data', (part) => {
        text += String(part);
      })
      .once('end', () => {
        asked.push({ path: request.url ?? '', body: JSON.parse(text) });
        response.writeHead(answer.status).end(answer.text);
      });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

test('keys below a prefix: all that begin with it', async () => {
  answer = {
    status: 200,
    text: JSON.stringify({ kvs: [{ key: base64('/a/b'), value: base64('x') }, { key: base64('/a/c') }] }),
  };
  expect(await readBelow(socket, '/a/')).toEqual([
    { key: '/a/b', value: Buffer.from('x') },
    { key: '/a/c', value: Buffer.from('') },
  ]);
  expect(asked).toEqual([{ path: '/v3/kv/range', body: { key: base64('/a/'), range_end: base64('/a0') } }]);
});

test('no key is no entry', async () => {
  answer = { status: 200, text: '{"header":{}}' };
  expect(await readBelow(socket, '/a/')).toEqual([]);
});

test('a key is put as it is', async () => {
  answer = { status: 200, text: '{}' };
  await put(socket, { key: '/a/b', value: Buffer.from([0, 255]) });
  expect(asked).toEqual([{ path: '/v3/kv/put', body: { key: base64('/a/b'), value: 'AP8=' } }]);
});

test('an etcd that refuses is told in its words', async () => {
  answer = { status: 503, text: 'etcdserver: no leader' };
  await expect(put(socket, { key: '/a', value: Buffer.from('') })).rejects.toMatchObject({
    code: 'ETCD_REFUSED',
    message: 'etcd answered 503: etcdserver: no leader',
  });
});

test('no etcd is an error of the socket', async () => {
  await expect(readBelow(path.join(folder, 'none.sock'), '/a/')).rejects.toThrow('ENOENT');
});
