/** What a real service may be asked: gRPC, TLS, several ports, probes at any path. */
import http from 'node:http';
import http2 from 'node:http2';
import { createServer } from 'node:net';
import tls from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { VERSION_HEADER } from './hops.ts';
import { setBehaviour, startForTest } from './start-for-tests.ts';

interface GrpcAnswer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly status: string;
  readonly messages: Buffer;
}

function callGrpc(port: number, path: string, message: Buffer): Promise<GrpcAnswer> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  return new Promise((resolve, reject) => {
    let answer: http2.IncomingHttpHeaders = {};
    let trailers: http2.IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.once('response', (received) => {
      answer = received;
    });
    stream.once('trailers', (received) => {
      trailers = received;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', reject);
    stream.once('end', () =>
      resolve({
        headers: answer,
        status: String(trailers['grpc-status'] ?? answer['grpc-status']),
        messages: Buffer.concat(chunks),
      }),
    );
    stream.end(message);
  });
}

/** Uncompressed, with its length before it. */
const framed = (payload: string) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, Buffer.from(payload)]);
};
const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1]);
const NOT_SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 2]);

describe('gRPC', () => {
  test('echoes the message of any method, names itself, and ends with a status', async () => {
    const { port } = await startForTest();
    const { headers, status, messages } = await callGrpc(port, '/shop.v1.Catalogue/Get', framed('hello'));
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'application/grpc', [VERSION_HEADER]: 'v3' });
    expect(status).toBe('0');
    expect(messages).toEqual(framed('hello'));
  });

  test('an injected error is a status of gRPC', async () => {
    const started = await startForTest();
    await setBehaviour(started, { errorShare: 1, errorStatus: 503 });
    const { headers, status, messages } = await callGrpc(started.port, '/shop.v1.Catalogue/Get', framed('x'));
    expect([headers[':status'], status, messages.length]).toEqual([200, '14', 0]);
    expect(headers[VERSION_HEADER]).toBe('v3');
  });

  test('health: serving, also while errors are injected, and not serving while it drains', async () => {
    const started = await startForTest();
    await setBehaviour(started, { errorShare: 1, errorStatus: 503 });
    const check = () => callGrpc(started.port, '/grpc.health.v1.Health/Check', framed(''));
    expect(await check()).toMatchObject({ status: '0', messages: SERVING });
    const stopped = started.stop(500, 500);
    expect(await check()).toMatchObject({ status: '0', messages: NOT_SERVING });
    await stopped;
  });
});

describe('TLS', () => {
  const ask = (port: number) =>
    new Promise<{ version: unknown; host: string | undefined }>((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port, servername: 'shop.test', rejectUnauthorized: false });
      onTestFinished(() => void socket.destroy());
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        const request = http.request({ createConnection: () => socket, path: '/any' }, (answer) => {
          answer.resume();
          resolve({ version: answer.headers[VERSION_HEADER], host: socket.getPeerX509Certificate()?.subject });
        });
        request.once('error', reject);
        request.end();
      });
    });

  test('answers HTTP/1.1 inside TLS on the same port, with a certificate of its own', async () => {
    const { port } = await startForTest();
    expect(await ask(port)).toEqual({ version: 'v3', host: 'CN=reviews' });
  });

  test('answers HTTP/2 inside TLS', async () => {
    const { port } = await startForTest();
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/any' });
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
    });
    expect(headers).toMatchObject({ ':status': 200, [VERSION_HEADER]: 'v3' });
  });
});

test('a probe of the kubelet meets no injected fault, at whatever path; others do', async () => {
  const started = await startForTest();
  await setBehaviour(started, { errorShare: 1, errorStatus: 500 });
  const statusAs = async (agent: string) =>
    (await fetch(`${started.origin}/login`, { headers: { 'user-agent': agent } })).status;
  expect(await statusAs('kube-probe/1.35')).toBe(200);
  expect(await statusAs('curl/8')).toBe(500);
});

test('serves on every port that it is given, and gives up a port that nobody asked for', async () => {
  const free = await freePorts(2);
  const several = await startForTest({ PORT: '', PORTS: free.join(',') });
  expect(several.port).toBe(free[0]);
  for (const port of free) expect((await fetch(`http://127.0.0.1:${port}/x`)).status).toBe(200);
});

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
