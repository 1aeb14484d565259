/** The real stand-in, told and asked as in a pod. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from '../../k8s/workload/settings.ts';
import { type RunningWorkload, startWorkload } from '../../k8s/workload/workload.ts';
import type { Scene } from '../scene/scene.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { openReceivers } from './receivers.ts';

let folder: string;
let port: number;
let workload: RunningWorkload;
const start = () =>
  startWorkload(
    readSettings({ SERVICE: 'orders', VERSION: 'v1', PORT: String(port), LISTEN_ADDRESS: '127.0.0.1' }, 'orders-0'),
  );
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-receivers-'));
  await writeFile(path.join(folder, 'kubeconfig'), 'kubeconfig: ours\n');
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  workload = await start();
});
afterEach(async () => {
  await workload.stop(0, 0);
  await rm(folder, { recursive: true });
});

function scene(signal = new AbortController().signal): Scene {
  const pod = {
    metadata: { name: 'orders-0', uid: 'uid-1' },
    spec: { containers: [{ name: 'orders', ports: [{ containerPort: port }] }] },
    status: { containerStatuses: [{ name: 'orders', ready: true, restartCount: 0 }] },
  };
  return {
    client: { list: async (_: unknown, selector: string) => (selector === 'app=orders' ? [pod] : []) },
    cluster: { kubeconfigPath: path.join(folder, 'kubeconfig'), loadAt: async () => ({ argvPrefix: [] }) },
    signal,
    now: Date.now,
  } as unknown as Scene;
}

const ORDERS = { namespace: 'shop', labels: { app: 'orders' } };
const status = async () => (await fetch(`http://127.0.0.1:${port}/`)).status;

test('counts what reached it since it was told, and behaves as before in the end', async () => {
  {
    await using receivers = await openReceivers(ORDERS, scene());
    await receivers.behave({ errorShare: 1, errorStatus: 503 });
    expect([await status(), await status()]).toEqual([503, 503]);
    expect(await receivers.counts()).toEqual({ requests: 2, mostInFlight: 1 });
    await receivers.behave({});
    expect(await receivers.counts()).toEqual({ requests: 0, mostInFlight: 0 });
    await receivers.behave({ errorShare: 1 });
  }
  expect(await status()).toBe(200);
});

thorough('puts it back also when the run is over', async () => {
  const over = new AbortController();
  const receivers = await openReceivers(ORDERS, scene(over.signal));
  await receivers.behave({ errorShare: 1 });
  over.abort();
  await expect(receivers.counts()).rejects.toBe(over.signal.reason);
  await receivers[Symbol.asyncDispose]();
  expect(await status()).toBe(200);
});

thorough('another process has not counted for the one that was told', async () => {
  await using receivers = await openReceivers(ORDERS, scene());
  await receivers.behave({ errorShare: 1 });
  await workload.stop(0, 0);
  workload = await start();
  await expect(receivers.counts()).rejects.toMatchObject({ code: 'RECEIVER_CHANGED', exitCode: 3 });
});

test('another program than the stand-in', async () => {
  await using receivers = await openReceivers(ORDERS, scene());
  await workload.stop(0, 0);
  const told = receivers.behave({ errorShare: 1 });
  await expect(told).rejects.toMatchObject({ code: 'BEHAVIOUR_REFUSED', exitCode: 3, where: 'orders-0' });
});

test('nobody there', async () => {
  await expect(openReceivers({ namespace: 'shop', labels: { app: 'stock' } }, scene())).rejects.toMatchObject({
    code: 'RECEIVER_MISSING',
    message: 'no ready pod in shop has the labels app=stock',
  });
});
