import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { containerConfig } from '../cri-fixtures.ts';
import { listensAt, serves, untilListening } from './listening.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1
`;

it.each([
  [8080, true],
  [80, false],
  [31, false],
])('reads the kernel’s table: port %i listens: %s', (port, listens) => {
  expect(listensAt(TABLE, port)).toBe(listens);
});

async function opened() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

it('waits for a port to be listened at', async () => {
  const { server, port } = await opened();
  await untilListening(process.pid, port, 60_000);
  server.close();
  await once(server, 'close');
  let isOver = false;
  const waiting = untilListening(process.pid, port, 60_000).then(() => {
    isOver = true;
  });
  await untilListening(process.pid, port, 100);
  expect(isOver).toBe(false);
  const again = createServer().listen(port, '127.0.0.1');
  await waiting;
  again.close();
});

it('waits for no process that is gone', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  await untilListening(child.pid ?? 0, 1, 60_000);
});

it('waits for a stand-in, and for no other program', async () => {
  const { server, port } = await opened();
  server.close();
  await once(server, 'close');
  const config = { ...containerConfig(), envs: [{ key: 'CANARYPROOF_PORT', value: String(port) }] };
  await serves({ config, image: { image: 'own' } }, process.pid);
  let isOver = false;
  const waiting = serves({ config, image: { image: 'shop', replaces: 'stand-in' } }, process.pid).then(() => {
    isOver = true;
  });
  await untilListening(process.pid, port, 100);
  expect(isOver).toBe(false);
  const again = createServer().listen(port, '127.0.0.1');
  await waiting;
  again.close();
});
