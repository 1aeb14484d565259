import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serverCertificate } from '../../../k8s/workload/server-certificate.ts';
import { awaitApiServer, awaitCertificate, awaitSocket } from './await-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'cp-await-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Whether it is still waiting after it has looked once more. */
async function stillWaits(waiting: Promise<unknown>): Promise<boolean> {
  const pause = new Promise((resolve) => setTimeout(resolve, 60, 'waits'));
  return (await Promise.race([waiting.then(() => 'over'), pause])) === 'waits';
}

test('a certificate is taken when all of it is there: not while its file is empty, nor half of it', async () => {
  const file = path.join(folder, 'apiserver.crt');
  const whole = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const waiting = awaitCertificate(file);
  expect(await stillWaits(waiting)).toBe(true);
  for (const part of ['', whole.slice(0, 30)]) {
    await writeFile(file, part);
    expect(await stillWaits(waiting)).toBe(true);
  }
  // of the authority's there is nothing yet
  await writeFile(file, whole);
  expect(await stillWaits(waiting)).toBe(true);
  await writeFile(file, `${whole}${whole}`);
  await writeFile(path.join(folder, 'apiserver.key'), 'key');
  expect(await waiting).toBe(`${whole}${whole}`);
});

test('a socket is waited for', async () => {
  const file = path.join(folder, 'etcd.sock');
  const waiting = awaitSocket(file);
  expect(await stillWaits(waiting)).toBe(true);
  const server = net.createServer().listen(file);
  await waiting;
  server.close();
});

test('an API server is waited for until it is ready; one that takes a connection and says nothing is asked anew', async () => {
  const { certificate, key } = serverCertificate(['localhost'], Date.now());
  const asked: (string | undefined)[] = [];
  const server = https.createServer({ cert: certificate, key }, (request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    // silent, not ready, ready
    if (asked.length === 2) response.writeHead(500).end('etcd failed');
    if (asked.length === 3) response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await awaitApiServer({ port, ca: certificate, token: 't' }, undefined, 500);
    expect(asked).toEqual(Array.from({ length: 3 }, () => '/readyz Bearer t'));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('whoever does not want to wait does not', async () => {
  const over = AbortSignal.abort(new Error('enough'));
  await expect(awaitSocket(path.join(folder, 'none'), over)).rejects.toThrow('enough');
  await expect(awaitCertificate(path.join(folder, 'none'), over)).rejects.toThrow('enough');
  await expect(awaitApiServer({ port: 1, ca: '', token: '' }, over)).rejects.toThrow('enough');
});
