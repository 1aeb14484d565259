/** What any pod may do to the Git server: leave in the middle, ask too often, never finish. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../../../harness/process/run-program.ts';
import { type GitLimits, serveGit } from './git-http.ts';

let folder: string;
let server: http.Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-git-limits-'));
  await runProgram(['git', 'init', '--quiet', '--bare', path.join(folder, 'shop.git')]);
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true });
});

async function serve(limits: GitLimits): Promise<number> {
  server = await serveGit(folder, { host: '127.0.0.1', port: 0 }, () => undefined, limits);
  return (server.address() as AddressInfo).port;
}

/** Asks for a pack and never says which: Git waits for the rest of the body. */
function askForEver(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  const type = 'content-type: application/x-git-upload-pack-request';
  const head = `POST /shop.git/git-upload-pack HTTP/1.1\r\nhost: a\r\n${type}\r\ncontent-length: 4000\r\n\r\n0011`;
  return new Promise((resolve) => socket.write(head, () => resolve(socket)));
}

/** Programs that serve this test's folder, what they started included. */
async function programs(): Promise<number> {
  let count = 0;
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (environment.includes(`GIT_PROJECT_ROOT=${folder}\0`)) count += 1;
  }
  return count;
}

const status = (port: number) =>
  new Promise<number | undefined>((resolve, reject) => {
    http
      .get(`http://127.0.0.1:${port}/shop.git/info/refs?service=git-upload-pack`, { agent: false }, (response) =>
        resolve(response.resume().statusCode),
      )
      .once('error', reject);
  });

test('a client that leaves takes its programs with it', async () => {
  const port = await serve({ concurrent: 30, waiting: 0, deadlineMs: 60_000 });
  const sockets = await Promise.all(Array.from({ length: 30 }, () => askForEver(port)));
  await expect.poll(programs, { timeout: 20_000 }).toBeGreaterThanOrEqual(30);
  for (const socket of sockets) socket.destroy();
  await expect.poll(programs, { timeout: 20_000 }).toBe(0);
  expect(await status(port)).toBe(200);
}, 60_000);

test('no more than so many run, some wait for their turn, the rest are sent away', async () => {
  const port = await serve({ concurrent: 2, waiting: 1, deadlineMs: 60_000 });
  const [first, second] = [await askForEver(port), await askForEver(port)];
  await expect.poll(programs, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  let waited: number | undefined;
  const waiting = status(port).then((code) => {
    waited = code;
  });
  await expect.poll(() => status(port), { timeout: 20_000 }).toBe(503);
  expect(waited).toBeUndefined();
  first.destroy();
  await waiting;
  expect(waited).toBe(200);
  second.destroy();
  await expect.poll(programs, { timeout: 20_000 }).toBe(0);
}, 60_000);

test('who does not finish is ended', async () => {
  const port = await serve({ concurrent: 1, waiting: 1, deadlineMs: 300 });
  const socket = await askForEver(port);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await closed;
  await expect.poll(programs, { timeout: 20_000 }).toBe(0);
  expect(await status(port)).toBe(200);
}, 60_000);
