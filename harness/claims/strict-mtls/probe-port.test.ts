/** Real servers on the loopback address: as a sidecar answers that takes mutual TLS only, and as others do. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { createTestMesh } from './mesh-certificates-for-tests.ts';
import { probePort } from './probe-port.ts';

const mesh = createTestMesh();
const ID = 'spiffe://cluster.local/ns/shop/sa/orders';
const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: net.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Closes what does not begin as TLS does, as a filter chain that matches nothing else. */
function strictSidecar({ root = mesh.root, mutual = true } = {}): net.Server {
  const { certificate: cert, key } = mesh.issue(ID);
  const options = { cert, key, ca: root, ALPNProtocols: ['istio'], requestCert: mutual, rejectUnauthorized: mutual };
  const secured = tls.createServer(options, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  secured.on('tlsClientError', (_, socket) => socket.destroy());
  return net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk) => {
      if (chunk[0] !== 0x16) return void socket.destroy();
      socket.pause();
      socket.unshift(chunk);
      secured.emit('connection', socket);
    });
  });
}

const probe = async (server: net.Server, root = mesh.root) =>
  probePort('127.0.0.1', await listening(server), root, 2_000);

test('a sidecar that takes mutual TLS only', async () => {
  expect(await probe(strictSidecar())).toEqual({
    plain: { kind: 'closed', how: expect.any(String) },
    tls: {
      kind: 'certificate',
      chains: true,
      names: `URI:${ID}`,
      validTo: expect.any(String),
      answeredWithoutCertificate: undefined,
    },
  });
});

test('one of another mesh does not chain to the root', async () => {
  const { tls: found } = await probe(strictSidecar(), createTestMesh().root);
  expect(found).toMatchObject({ kind: 'certificate', chains: expect.stringMatching(/^[A-Z_]+$/) });
});

test('TLS that asks for no certificate of the client answers it', async () => {
  const { tls: found } = await probe(strictSidecar({ mutual: false }));
  expect(found).toMatchObject({ kind: 'certificate', answeredWithoutCertificate: 'HTTP/1.1 200 OK' });
});

test('plain text', async () => {
  expect(await probe(http.createServer((_, answer) => answer.end('hello')))).toEqual({
    plain: { kind: 'answered', line: 'HTTP/1.1 200 OK' },
    tls: { kind: 'none', how: expect.any(String) },
  });
});

test('nobody there', async () => {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await probePort('127.0.0.1', port, mesh.root, 2_000)).toEqual({
    plain: { kind: 'unreachable', how: 'ECONNREFUSED' },
    tls: { kind: 'none', how: 'ECONNREFUSED' },
  });
});

test('whoever takes the bytes and says nothing has refused nothing', async () => {
  const mute = net.createServer((socket) => void socket.on('error', () => undefined).resume());
  const port = await listening(mute);
  expect(await probePort('127.0.0.1', port, mesh.root, 50)).toEqual({
    plain: { kind: 'unreachable', how: 'silent for 50 ms' },
    tls: { kind: 'none', how: 'silent for 50 ms' },
  });
});
