/** The real stand-in, asked as in a pod: on the loopback address, with a token that only the owner of the cluster has. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { readSettings } from '../../k8s/workload/settings.ts';
import { type RunningWorkload, startWorkload } from '../../k8s/workload/workload.ts';
import type { Scene } from '../scene/scene.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { behaviourToken, changeBehaviour } from './inject-behaviour.ts';

let folder: string;
let port: number;
let workload: RunningWorkload | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-behaviour-'));
  for (const name of ['ours', 'theirs']) await writeFile(path.join(folder, name), `kubeconfig: ${name}\n`);
  port = await freePort();
  const environment = { SERVICE: 'reviews', VERSION: 'v1', PORT: String(port), LISTEN_ADDRESS: '127.0.0.1' };
  workload = await startWorkload(readSettings(environment, 'pod-0'));
});
afterEach(async () => {
  await workload?.stop(0, 0);
  await rm(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const pod = (uid: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'reviews-0', namespace: 'shop', uid },
  spec: { containers: [{ name: 'reviews', ports: [{ containerPort: port }] }] },
  status: { containerStatuses: [{ name: 'reviews', ready: true, restartCount: 0 }] },
});

function scene(kubeconfig: string, pods = () => [pod('uid-1')]): Scene {
  return {
    client: { list: async () => pods() },
    cluster: { kubeconfigPath: path.join(folder, kubeconfig), loadAt: async () => ({ argvPrefix: [] }) },
    signal: new AbortController().signal,
    now: Date.now,
  } as unknown as Scene;
}

const status = async () => (await fetch(`http://127.0.0.1:${port}/`)).status;

thorough('a later run of the same owner may change it again, nobody else may', async () => {
  const [changed] = await changeBehaviour(scene('ours'), 'shop', 'hash', { errorShare: 1 });
  expect(changed).toMatchObject({ pod: 'reviews-0', atMs: expect.any(Number), offMs: undefined });
  expect(await status()).toBe(500);
  await expect(changeBehaviour(scene('theirs'), 'shop', 'hash', {})).rejects.toMatchObject({ exitCode: 3 });
  expect(await status()).toBe(500);
  await changeBehaviour(scene('ours'), 'shop', 'hash', {});
  expect(await status()).toBe(200);
});

const UNREACHABLE = 'connect ECONNREFUSED 127.0.0.1:18080';

/** What the program in the pod prints when its second question had no answer. */
function endedAlone(left: readonly KubeObject[]): Scene {
  let pods: readonly KubeObject[] = [pod('uid-1')];
  const lines = [JSON.stringify({ changedAtMs: 7 }), JSON.stringify({ unreachable: UNREACHABLE })];
  const printed = () => {
    pods = left;
    return { argvPrefix: [process.execPath, '-e', `console.log(${JSON.stringify(lines.join('\n'))})`] };
  };
  const ours = scene('ours', () => [...pods]);
  return { ...ours, cluster: { ...ours.cluster, loadAt: async () => printed() } } as unknown as Scene;
}

test('a pod that is gone when its fault should end took it along', async () => {
  const changed = await changeBehaviour(endedAlone([]), 'shop', 'hash', { errorShare: 1 }, { forMs: 300 });
  expect(changed).toEqual([{ pod: 'reviews-0', atMs: 7, offMs: undefined }]);
});

test('a pod that is still there, but does not answer when its fault should end, is an error', async () => {
  const told = changeBehaviour(endedAlone([pod('uid-1')]), 'shop', 'hash', { errorShare: 1 }, { forMs: 300 });
  await expect(told).rejects.toMatchObject({
    code: 'BEHAVIOUR_STAYS',
    message: `reviews-0 could not be told to end its fault: ${UNREACHABLE}`,
  });
});

thorough('the real stand-in that ended meanwhile is unreachable, and no error of a program', async () => {
  let pods = [pod('uid-1')];
  // longer than it takes to end
  const told = changeBehaviour(
    scene('ours', () => pods),
    'shop',
    'hash',
    { errorShare: 1 },
    { forMs: 5_000 },
  );
  await expect.poll(status, { interval: 20, timeout: 30_000 }).toBe(500);
  await workload?.stop(0, 0);
  pods = [];
  expect(await told).toMatchObject([{ pod: 'reviews-0', atMs: expect.any(Number), offMs: undefined }]);
});

test('a stand-in that does not answer is told in one sentence', async () => {
  await workload?.stop(0, 0);
  await expect(changeBehaviour(scene('ours'), 'shop', 'hash', {})).rejects.toMatchObject({
    code: 'BEHAVIOUR_REFUSED',
    message: expect.stringMatching(/^reviews-0 did not take the change: connect ECONNREFUSED 127\.0\.0\.1:\d+$/),
  });
});

test('each pod has a token of its own', () => {
  const key = Buffer.from('kubeconfig');
  expect(behaviourToken(key, pod('uid-1'))).toMatch(/^[0-9a-f]{64}$/);
  expect(behaviourToken(key, pod('uid-1'))).not.toBe(behaviourToken(key, pod('uid-2')));
  expect(behaviourToken(key, pod('uid-1'))).not.toBe(behaviourToken(Buffer.from('other'), pod('uid-1')));
});
