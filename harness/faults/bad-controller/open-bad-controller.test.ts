import https from 'node:https';
import { afterEach, expect, test } from 'vitest';
import { serverCertificate } from '../../../k8s/workload/server-certificate.ts';
import { ROLLOUTS, readRollout, VIRTUAL_SERVICES } from '../../rollouts/rollout-object.ts';
import { createFakeRolloutScene, type FakeRolloutScene } from '../../testkit/rollouts/fake-rollout-scene.ts';
import type { AdmissionLine, AdmissionOrders } from './admission-program.ts';
import { openBadController, type RunWebhook } from './open-bad-controller.ts';
import { runWebhook } from './run-webhook.ts';

let scene: FakeRolloutScene | undefined;
afterEach(() => {
  scene?.[Symbol.dispose]();
  scene = undefined;
});
const FAULT = { rollout: { name: 'gridos-app', namespace: 'gridos-dev' }, misbehaviour: { does: 'freeze' } } as const;
const NAME = 'canaryproof-fault-frozen';

/** @param answers whether the API server asks it */
async function opened(answers: boolean) {
  const on = await createFakeRolloutScene('gridos');
  scene = on;
  const told: { orders?: AdmissionOrders; say?: (line: AdmissionLine) => void; ended: number } = { ended: 0 };
  const run: RunWebhook = async (_, orders, onLine) => {
    Object.assign(told, { orders, say: onLine });
    const end = async () => {
      told.ended += 1;
    };
    return { port: 9443, [Symbol.asyncDispose]: end };
  };
  on.client.react = (write) => {
    if (answers && write.includes('virtualservices/gridos-app'))
      told.say?.({ kind: 'write', user: 'us', changed: false });
  };
  return { on, told, opening: openBadController('frozen', FAULT, on, run) };
}
const written = (on: FakeRolloutScene) =>
  on.client.writes.filter((write) => write.includes('Webhook') || write.includes('webhook'));

test('is in force when the API server has asked it, and gone when it is disposed of', async () => {
  const { on, told, opening } = await opened(true);
  const bad = await opening;
  expect(told.orders).toMatchObject({
    misbehaviour: { does: 'freeze' },
    rollout: { virtualService: 'gridos-app' },
    controllerUser: 'system:serviceaccount:argo-rollouts:',
  });
  expect(written(on).join()).toContain(NAME);
  await bad[Symbol.asyncDispose]();
  expect(told.ended).toBe(1);
  expect(written(on).at(-1)).toMatch(/^delete .*canaryproof-fault-frozen/);
});

test('what is due is written by us, so that the controller looks again', async () => {
  const { on, told, opening } = await opened(true);
  await using _bad = await opening;
  const namespace = 'gridos-dev';
  const before = await on.client.get({ ...VIRTUAL_SERVICES, namespace }, 'gridos-app');
  told.say?.({ kind: 'due' });
  const http = [{ name: 'primary', route: [] }];
  told.say?.({ kind: 'due', restore: http });
  await on.pause(1_000);
  const after = await on.client.get({ ...VIRTUAL_SERVICES, namespace }, 'gridos-app');
  expect(after?.spec).toEqual({ ...before?.spec, http });
});

test('a webhook that nobody asks is no fault, and is taken away again', async () => {
  const { on, told, opening } = await opened(false);
  await expect(opening).rejects.toMatchObject({ code: 'FAULT_NOT_MADE' });
  expect(told.ended).toBe(1);
  expect(written(on).at(-1)).toMatch(/^delete /);
});

test('the program answers over TLS for the controller alone, and ends with its stdin', async () => {
  const on = await createFakeRolloutScene('gridos');
  const live = await on.client.get({ ...ROLLOUTS, namespace: 'gridos-dev' }, 'gridos-app');
  const route = await on.client.get({ ...VIRTUAL_SERVICES, namespace: 'gridos-dev' }, 'gridos-app');
  on[Symbol.dispose]();
  const { certificate, key } = serverCertificate(['127.0.0.1'], Date.now());
  const lines: AdmissionLine[] = [];
  const orders: AdmissionOrders = {
    ...{ address: '127.0.0.1', path: '/writes', certificate, key, misbehaviour: { does: 'shift', by: 8 } },
    ...{ rollout: readRollout(live!), controllerUser: 'system:serviceaccount:argo-rollouts:' },
  };
  const webhook = await runWebhook([], orders, (line) => lines.push(line));
  const http = JSON.parse(JSON.stringify(route!.spec!.http)) as { route: { weight: number }[] }[];
  http[0]!.route[1]!.weight = 10;
  const ask = (username: string) =>
    post(webhook.port, certificate, {
      request: {
        ...{ uid: 'u', name: 'gridos-app', userInfo: { username }, oldObject: route },
        object: { ...route, spec: { ...route!.spec, http } },
      },
    });
  const controllers = JSON.parse(await ask('system:serviceaccount:argo-rollouts:argo-rollouts'));
  const stored = JSON.parse(Buffer.from(controllers.response.patch, 'base64').toString());
  expect(stored[0].value[0].route.map(({ weight }: { weight: number }) => weight)).toEqual([82, 18]);
  expect(JSON.parse(await ask('kubernetes-admin')).response).toEqual({ uid: 'u', allowed: true });
  await webhook[Symbol.asyncDispose]();
  expect(lines.flatMap((line) => (line.kind === 'write' ? [line.changed] : []))).toEqual([true, false]);
  await expect(ask('anybody')).rejects.toThrow();
});

function post(port: number, ca: string, body: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      { host: '127.0.0.1', port, path: '/writes', method: 'POST', ca, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve(text));
      },
    );
    request.on('error', reject).end(JSON.stringify(body));
  });
}
