import { spawn } from 'node:child_process';
import { readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { longestAcceptQueue, readAcceptQueue } from './accept-queue.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

test('the longest of the listeners counts, and of no other socket', () => {
  const table = [
    HEAD,
    '   0: 00000000:3AA5 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 22601 1 0000 100 0 0 10 0',
    '   1: 00000000:1F90 00000000:0000 0A 00000000:0000019A 00:00000000 00000000     0        0 22602 1 0000 100 0 0 10 0',
    // received by the kernel, not read yet: bytes
    '   2: 0A000001:1F90 0A000002:C001 01 00000000:0000FFFF 00:00000000 00000000     0        0 22603 1 0000 100 0 0 10 0',
    '',
  ].join('\n');
  expect(longestAcceptQueue(table)).toBe(0x19a);
  expect(longestAcceptQueue(`${HEAD}\n`)).toBe(0);
});

test('connections that a stopped program does not accept are seen, and are gone when it goes on', async () => {
  const program =
    "const s = require('node:net').createServer(c => c.end()); s.listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
    const own = await readlink('/proc/self/ns/net');
    const waiting = async () => (await readAcceptQueue(own, child.pid))?.waiting;
    child.kill('SIGSTOP');
    const clients = [1, 2, 3].map(() => connect(port, '127.0.0.1').resume());
    await vi.waitFor(async () => expect(await waiting()).toBeGreaterThanOrEqual(3), 10_000);
    child.kill('SIGCONT');
    await Promise.all(clients.map((client) => new Promise((resolve) => client.on('close', resolve))));
    await vi.waitFor(async () => expect(await waiting()).toBeLessThan(3), 10_000);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that has gone is looked for anew, and a namespace that nobody is in is unknown', async () => {
  const own = await readlink('/proc/self/ns/net');
  expect((await readAcceptQueue(own, 2 ** 22 - 1))?.pid).toBeGreaterThan(0);
  expect(await readAcceptQueue('net:[1]', undefined)).toBeUndefined();
});
