/** Pods as strangers write them, on a real local cluster: the stand-in takes their place, and programs of the user's run. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../harness/process/package-root.ts';
import { type LocalMesh, startLocalMesh } from '../../harness/testkit/local-mesh.ts';
import type { KubeObject } from '../../k8s/client/object.ts';

const PODS = { apiVersion: 'v1', resource: 'pods', namespace: 'default' } as const;
const directory = path.join(packageRoot(), 'clusters/local/own-programs');
let mesh: LocalMesh;

type Spec = Readonly<Record<string, unknown>>;
const FAST = { periodSeconds: 1 };

function pod(name: string, containers: readonly Spec[], labels: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec: { containers } };
}

const OBJECTS: readonly KubeObject[] = [
  pod(
    'stranger',
    [
      {
        name: 'main',
        image: 'example.com/shop/web:1.7',
        command: ['/usr/bin/their-server', '--port=3000'],
        workingDir: '/srv/their-app',
        env: [
          { name: 'VERSION', value: 'theirs' },
          { name: 'PORT', value: 'tcp://10.0.0.1:80' },
          { name: 'NODE_OPTIONS', value: '--require ./tracing.js' },
        ],
        ports: [{ containerPort: 3000 }, { containerPort: 3001 }],
        securityContext: { runAsNonRoot: true },
        readinessProbe: { exec: { command: ['/bin/grpc_health_probe', '-addr=:3001'] }, ...FAST },
        livenessProbe: { grpc: { port: 3001 }, ...FAST },
        startupProbe: { httpGet: { path: '/login?probe=1', port: 3000 }, ...FAST },
        lifecycle: { postStart: { exec: { command: ['/srv/their-app/warm-up.sh'] } } },
      },
      { name: 'beside', image: 'example.com/shop/agent:2', args: ['--collect'] },
    ],
    { version: 'green', 'rollouts-pod-template-hash': 'abc123' },
  ),
  ...['node', 'python'].map((language) => pod(language, [own(language, [])])),
  // as a trial makes the pods of its copy
  pod('trial', [
    own(
      'node',
      ['VERSION', 'CANARYPROOF_VERSION'].map((name) => ({ name, value: 'trial-2' })),
    ),
  ]),
];

function own(language: string, env: readonly Spec[]): Spec {
  return {
    name: 'main',
    image: `example.com/own/${language}:v7`,
    command: ['/not/there'],
    env: [{ name: 'GREETING', value: 'theirs' }, ...env],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, ...FAST },
  };
}

beforeAll(async () => {
  const program = (command: readonly [string, ...string[]]) => ({
    command,
    directory,
    environment: { VERSION: '{tag}' },
    port: 8080,
  });
  mesh = await startLocalMesh({
    name: 'replaced',
    addons: [],
    images: [
      { image: 'example.com/shop/web:*', standIn: { SERVICE: 'web', VERSION: '{tag} {label:version} {hash}' } },
      { image: 'example.com/shop/agent:*', standIn: { SERVICE: 'agent', VERSION: '{tag}' } },
      { image: 'example.com/own/node:*', program: program(['node', 'server.mjs']) },
      { image: 'example.com/own/python:*', program: program(['python3', 'echo.py']) },
    ],
  });
  await mesh.client.apply([...OBJECTS]);
});
afterAll(() => mesh?.down());

const isReady = (object: KubeObject | undefined) =>
  ((object?.status as { conditions?: readonly { type: string; status: string }[] } | undefined)?.conditions ?? []).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
const ready = (name: string) =>
  mesh.client.waitFor(PODS, name, isReady, { timeoutMs: 120_000, what: `pod ${name} to be ready` });
const ask = async (name: string, port: number, at = '/any/path') =>
  JSON.parse(await mesh.client.getText(`/api/v1/namespaces/default/pods/${name}:${port}/proxy${at}`)) as Spec;

test('a stand-in serves as the real program would: ports, probes of every kind, their command and variables', async () => {
  await ready('stranger');
  for (const port of [3000, 3001])
    expect(await ask('stranger', port)).toMatchObject({ service: 'web', version: '1.7 green abc123', pod: 'stranger' });
  // a container beside it that names no port takes the default one
  expect(await ask('stranger', 9080)).toMatchObject({ service: 'agent', version: '2' });
});

test.each(['node', 'python'])("the user's own program, in %s", async (language) => {
  await ready(language);
  const answer = await ask(language, 8080);
  expect(answer).toMatchObject(
    language === 'node' ? { version: 'v7', theirs: 'theirs', folder: '/app' } : { version: 'v7', path: '/any/path' },
  );
});

test('a trial tells the copies of that program apart, whatever VERSION the profile sets', async () => {
  await ready('trial');
  expect(await ask('trial', 8080)).toMatchObject({ version: 'trial-2', theirs: 'theirs' });
});
