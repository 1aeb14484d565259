import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import { forwardLoopback, portOf, serveDialSocket } from './dial-socket.ts';

let folder: string;
let socketPath: string;
const servers: net.Server[] = [];
const clients: net.Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-dial-'));
  socketPath = path.join(folder, 'dial.sock');
  servers.push(await serveDialSocket(socketPath));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await rm(folder, { recursive: true });
});

async function target(onConnection: (socket: net.Socket) => void): Promise<{ host: string; port: number }> {
  const server = net.createServer({ allowHalfOpen: true }, onConnection);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: portOf(server) };
}

async function forwarded(to: { host: string; port: number }): Promise<net.Socket> {
  const server = await forwardLoopback(socketPath, to);
  servers.push(server);
  const client = net.connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
  clients.push(client);
  await once(client, 'connect');
  return client;
}

async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('bytes go there and come back', async () => {
  const client = await forwarded(await target((socket) => socket.pipe(socket)));
  client.write('hello ');
  expect(String((await once(client, 'data'))[0])).toBe('hello ');
  client.end('again');
  expect(String(await readAll(client))).toBe('again');
});

test('after a half close the whole answer still arrives, however late it is read', async () => {
  // what is lost is what no kernel buffer holds when the target closes: some sizes show it, none may
  const sizes = fewOf(
    8,
    Array.from({ length: 30 }, (_, index) => Math.round(400_000 * 1.08 ** ((index * 11) % 30))),
  );
  const lengths = await Promise.all(
    sizes.map(async (size) => {
      const answer = Buffer.alloc(size, 'x');
      const to = await target((socket) => {
        // the request is over: now answer, and close
        socket.once('end', () => socket.end(answer)).resume();
      });
      const client = await forwarded(to);
      client.pause().end('the whole request');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return (await readAll(client)).length;
    }),
  );
  expect(lengths).toEqual(sizes);
});

test('a peer that breaks off takes the other side with it', async () => {
  const closed = Promise.withResolvers<void>();
  const accepted = Promise.withResolvers<net.Socket>();
  const to = await target((socket) => {
    socket.once('close', () => closed.resolve()).once('error', () => undefined);
    socket.once('end', () => socket.end()).resume();
    accepted.resolve(socket);
  });
  const client = await forwarded(to);
  await accepted.promise;
  client.resetAndDestroy();
  await closed.promise;
});

test('a target that refuses closes the connection', async () => {
  const unused = await target(() => undefined);
  const [last] = servers.splice(-1);
  await new Promise((resolve) => last?.close(resolve));
  const client = await forwarded(unused);
  expect((await readAll(client)).length).toBe(0);
});

test.each([
  ['a request line that never ends', 'x'.repeat(5000)],
  ['a request line without a port', 'localhost\n'],
  ['a port that is no number', 'localhost ssh\n'],
  ['a port out of range', 'localhost 65536\n'],
])('%s closes that connection and harms nobody else', async (_, line) => {
  const bad = net.connect({ path: socketPath });
  bad.on('error', () => undefined);
  bad.write(line);
  await once(bad, 'close');
  const client = await forwarded(await target((socket) => socket.pipe(socket)));
  client.end('still serving');
  expect(String(await readAll(client))).toBe('still serving');
});

test('bytes that follow the request line at once are not lost', async () => {
  const { host, port } = await target((socket) => socket.pipe(socket));
  const client = net.connect({ path: socketPath, allowHalfOpen: true });
  client.end(`${host} ${port}\nearly`);
  expect(String(await readAll(client))).toBe('early');
});

test('a dial socket that a killed process left is taken over', async () => {
  servers.push(await serveDialSocket(socketPath));
  const client = await forwarded(await target((socket) => socket.pipe(socket)));
  client.end('new');
  expect(String(await readAll(client))).toBe('new');
});
