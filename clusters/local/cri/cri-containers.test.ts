import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { Containers, type ContainersOptions, stopSignal } from './cri-containers.ts';
import { containerConfig } from './cri-fixtures.ts';
import { ShortfallLedger } from './cri-not-enforced.ts';
import type { SandboxRecord } from './cri-records.ts';

test('a container is started when it is its turn, and not before', async () => {
  const { promise: turn, resolve: itIs } = Promise.withResolvers<void>();
  const orders: string[] = [];
  const runtime = {
    async order(name: string) {
      orders.push(name);
      return { pid: 7, startedAt: '1' };
    },
  };
  const containers = new Containers({
    runtime: runtime as unknown as ContainersOptions['runtime'],
    capabilities: () => [],
    ledger: new ShortfallLedger(() => undefined),
    turn: () => turn,
    onEvent: () => undefined,
  });
  const config = { hostname: 'shop', logDirectory: '' };
  const sandbox = { id: 'pod', config, directory: '/pod', sharedMemory: '/dev/shm', owner: 'demo/shop' };
  const image = { image: 'shell', entrypoint: ['/bin/sh'] };
  const container = containers.create(sandbox as unknown as SandboxRecord, containerConfig(), image);
  const started = containers.start(container);
  await new Promise(setImmediate);
  expect(orders).toEqual([]);
  itIs();
  await started;
  expect(orders).toEqual(['startContainer']);
  expect(container).toMatchObject({ state: 'CONTAINER_RUNNING', pid: 7 });
});

test.each([
  ['RUNTIME_DEFAULT', constants.signals.SIGTERM],
  ['', constants.signals.SIGTERM],
  ['SIGUSR1', constants.signals.SIGUSR1],
  ['SIGQUIT', constants.signals.SIGQUIT],
  ['SIGRTMIN', 34],
  ['SIGRTMINPLUS3', 37],
  ['SIGRTMAXMINUS1', 63],
])('the stop signal %s is %i', (name, number) => {
  expect(stopSignal(name)).toBe(number);
});
