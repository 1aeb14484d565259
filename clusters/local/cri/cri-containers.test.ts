import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { Containers, type ContainersOptions, stopSignal } from './cri-containers.ts';
import { containerConfig } from './cri-fixtures.ts';
import { ShortfallLedger } from './cri-not-enforced.ts';
import type { SandboxRecord } from './cri-records.ts';

/** @param orders what the runtime was told to do */
function prepared(orders: string[], parts: Partial<ContainersOptions>) {
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
    turn: async () => undefined,
    serves: async () => undefined,
    onEvent: () => undefined,
    ...parts,
  });
  const config = { hostname: 'shop', logDirectory: '' };
  const sandbox = { id: 'pod', config, directory: '/pod', sharedMemory: '/dev/shm', owner: 'demo/shop' };
  const image = { image: 'shell', entrypoint: ['/bin/sh'] };
  return { containers, container: containers.create(sandbox as unknown as SandboxRecord, containerConfig(), image) };
}

test('a container is started when it is its turn, and not before', async () => {
  const { promise: turn, resolve: itIs } = Promise.withResolvers<void>();
  const orders: string[] = [];
  const { containers, container } = prepared(orders, { turn: () => turn });
  const started = containers.start(container);
  await new Promise(setImmediate);
  expect(orders).toEqual([]);
  itIs();
  await started;
  expect(orders).toEqual(['startContainer']);
  expect(container).toMatchObject({ state: 'CONTAINER_RUNNING', pid: 7 });
});

test.each([
  { what: 'it serves', end: () => undefined, state: 'CONTAINER_RUNNING' },
  {
    what: 'it has ended instead',
    end: (containers: Containers, id: string) => containers.exited({ containerId: id, exitCode: 3, finishedAt: '2' }),
    state: 'CONTAINER_EXITED',
  },
  { what: 'the runtime is gone', end: (containers: Containers) => containers.lostAll(), state: 'CONTAINER_EXITED' },
])('a container counts as running when it serves, and not before: $what', async ({ end, state }) => {
  const { promise: serves, resolve: itDoes } = Promise.withResolvers<void>();
  const orders: string[] = [];
  const { containers, container } = prepared(orders, { serves: () => serves });
  const started = containers.start(container);
  await new Promise(setImmediate);
  expect(orders).toEqual(['startContainer']);
  expect(container.state).toBe('CONTAINER_CREATED');
  end(containers, container.id);
  itDoes();
  await started;
  expect(container.state).toBe(state);
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
