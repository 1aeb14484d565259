import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { createFakeScene, type FakeScene } from '../../testkit/fakes/fake-scene.ts';
import { playPrograms } from '../../testkit/fakes/played-programs.ts';
import { openFlagServer } from './flag-server.ts';

const NAMESPACE = 'unleash';
const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments', namespace: NAMESPACE };
const PODS = { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE };
const SECRETS = { apiVersion: 'v1', resource: 'secrets', namespace: NAMESPACE };
const TOKEN = '*:*.of-a-test';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly token: string | undefined;
  readonly argv: readonly string[];
}
type Answers = (asked: Asked) => { readonly status: number; readonly text?: string; readonly health?: string };

async function serverWith(answers: Answers): Promise<{ scene: FakeScene; asked: Asked[] }> {
  const scene = await createFakeScene();
  const asked: Asked[] = [];
  scene.client.put(DEPLOYMENTS, deployment());
  scene.client.put(PODS, {
    metadata: { name: 'unleash-0', namespace: NAMESPACE, labels: { app: 'unleash' } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  scene.client.put(SECRETS, {
    metadata: { name: 'unleash-server', namespace: NAMESPACE },
    data: { adminToken: Buffer.from(TOKEN).toString('base64') },
  });
  playPrograms(async (argv, options) => {
    const [url = '', method = '', body = ''] = argv.slice(-4);
    const one = { method, path: new URL(url).pathname, body, token: options?.env?.TOKEN, argv };
    asked.push(one);
    const stdout = JSON.stringify({ text: '', health: '', ...answers(one) });
    return { stdout, stderr: '', exitCode: 0 } as never;
  });
  return { scene, asked };
}

function deployment(spec: object = { replicas: 1 }, status: object = {}): KubeObject {
  return {
    metadata: { name: 'unleash', namespace: NAMESPACE, generation: 2 },
    spec: { ...spec },
    status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
  };
}

const FLAG = '/api/admin/projects/default/features/new-checkout';
const STRATEGY = { name: 'flexibleRollout', parameters: { rollout: '30' }, constraints: [] };

test('a flag is made, gets its new strategy before it loses the old one, and is switched on', async () => {
  const { scene, asked } = await serverWith(({ method }) =>
    method === 'GET' ? { status: 200, text: '{"strategies":[{"id":"old"}]}' } : { status: 200 },
  );
  const server = await openFlagServer(scene);
  await server.set('new-checkout', [STRATEGY]);
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /api/admin/projects/default/features',
    `GET ${FLAG}/environments/production`,
    `POST ${FLAG}/environments/production/strategies`,
    `DELETE ${FLAG}/environments/production/strategies/old`,
    `POST ${FLAG}/environments/production/on`,
  ]);
  expect(JSON.parse(asked[2]?.body ?? '')).toEqual(STRATEGY);
  // in the environment, which nobody else of the machine can read
  for (const { token, argv } of asked) {
    expect(token).toBe(TOKEN);
    expect(argv.join(' ')).not.toContain(TOKEN);
  }
});

test('one that is there is taken as it is', async () => {
  const { scene } = await serverWith(({ path }) =>
    path.endsWith('/features') ? { status: 409 } : { status: 200, text: '{}' },
  );
  await (await openFlagServer(scene)).set('new-checkout', [STRATEGY]);
});

test('a toggle tells when it was asked for, and when it was done', async () => {
  const { scene, asked } = await serverWith(() => {
    scene.clock.ms += 40;
    return { status: 200 };
  });
  const before = scene.now();
  const toggled = await (await openFlagServer(scene)).toggle('new-checkout', false);
  expect(toggled).toEqual({ askedMs: before, doneMs: before + 40 });
  expect(asked.at(-1)?.path).toBe(`${FLAG}/environments/production/off`);
});

describe('cannot be toggled', () => {
  test.each<[string, ReturnType<Answers>, string, string]>([
    [
      'without its database, whatever it says of its health',
      { status: 0, text: 'TimeoutError', health: '{"health":"GOOD"}' },
      'FLAG_SERVER_WITHOUT_DATABASE',
      'unleash/unleash-database',
    ],
    [
      'with a database that is empty',
      { status: 500, text: 'relation "features" does not exist', health: '{"health":"GOOD"}' },
      'FLAG_SERVER_WITHOUT_DATABASE',
      'unleash/unleash-database',
    ],
    ['where nobody answers', { status: 0, text: 'ECONNREFUSED' }, 'FLAG_SERVER_UNREACHABLE', 'unleash/unleash'],
    ['by a token that it does not know', { status: 401, text: 'no' }, 'FLAG_SERVER_REFUSED', 'unleash/unleash'],
  ])('%s', async (_, answer, code, where) => {
    const { scene } = await serverWith(() => answer);
    const server = await openFlagServer(scene);
    await expect(server.toggle('new-checkout', false)).rejects.toMatchObject({
      ...{ code, where, exitCode: 3 },
      hint: expect.stringMatching(/\S/) as string,
    });
  });

  test.each([
    ['is not there', undefined],
    ['is not available', deployment({ replicas: 1 }, { availableReplicas: 0 })],
    ['is scaled to nothing', deployment({ replicas: 0 }, { replicas: 0, updatedReplicas: 0, availableReplicas: 0 })],
  ])('when Unleash %s', async (_, found) => {
    const { scene } = await serverWith(() => ({ status: 200 }));
    if (found) scene.client.put(DEPLOYMENTS, found);
    else scene.client.remove(DEPLOYMENTS, 'unleash');
    await expect(openFlagServer(scene)).rejects.toMatchObject({ code: 'FLAG_SERVER_NOT_READY' });
  });

  test('without its credentials', async () => {
    const { scene } = await serverWith(() => ({ status: 200 }));
    scene.client.remove(SECRETS, 'unleash-server');
    await expect(openFlagServer(scene)).rejects.toMatchObject({ code: 'FLAG_SERVER_REFUSED' });
  });
});

test('taken away it is gone when no pod of it is left, and back when it serves', async () => {
  const { scene } = await serverWith(() => ({ status: 200 }));
  const server = await openFlagServer(scene);
  // nobody acts upon it
  await expect(server.leave()).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
  scene.client.put(DEPLOYMENTS, deployment({ replicas: 0 }, { replicas: 0, updatedReplicas: 0, availableReplicas: 0 }));
  await server.leave();
  await expect(server.comeBack()).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
  scene.client.put(DEPLOYMENTS, deployment());
  await server.comeBack();
  expect(scene.client.writes.filter((write) => write.startsWith('patch'))).toHaveLength(4);
});
