import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { addonManifest } from './addon-files.ts';
import { readManifests } from './manifest-file.ts';
import { unleashSecrets } from './unleash.ts';

interface Container {
  readonly image: string;
  readonly env: readonly {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef: { name: string; key: string } };
  }[];
  readonly startupProbe: { readonly exec?: { readonly command: readonly string[] } };
}

const containerOf = (objects: readonly KubeObject[], name: string): Container => {
  const found = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  if (!found) throw new TypeError(`there is no Deployment ${name}`);
  const { template } = found.spec as unknown as { template: { spec: { containers: Container[] } } };
  return template.spec.containers[0]!;
};
const dataOf = ([server, client]: readonly KubeObject[]) =>
  [server, client].map((secret) => secret?.stringData as Readonly<Record<string, string>>);

test('credentials are drawn anew each time, and clients get no more than their token', () => {
  const [server = {}, client = {}] = dataOf(unleashSecrets());
  const [other = {}] = dataOf(unleashSecrets());
  expect(Object.keys(server)).toEqual(['adminToken', 'clientToken', 'sessionSecret', 'adminPassword']);
  expect(client).toEqual({ token: server.clientToken });
  expect(server.adminToken).toMatch(/^\*:\*\.[0-9a-f]{64}$/);
  expect(server.clientToken).toMatch(/^default:production\.[0-9a-f]{64}$/);
  for (const [name, value] of Object.entries(server)) expect(other[name]).not.toBe(value);
  expect(new Set(Object.values(server)).size).toBe(4);
});

test('Unleash has its credentials from the Secret, each of them, and no other', async () => {
  const { env } = containerOf(await readManifests(addonManifest('unleash.yaml')), 'unleash');
  const secret = Object.fromEntries(
    env.flatMap(({ name, valueFrom }) => (valueFrom ? [[name, valueFrom.secretKeyRef] as const] : [])),
  );
  const [server = {}] = dataOf(unleashSecrets());
  expect(secret).toEqual({
    UNLEASH_DEFAULT_ADMIN_PASSWORD: { name: 'unleash-server', key: 'adminPassword' },
    UNLEASH_SECRET: { name: 'unleash-server', key: 'sessionSecret' },
    INIT_ADMIN_API_TOKENS: { name: 'unleash-server', key: 'adminToken' },
    INIT_CLIENT_API_TOKENS: { name: 'unleash-server', key: 'clientToken' },
  });
  for (const { key } of Object.values(secret)) expect(server).toHaveProperty(key);
});

test('it is ready when a client gets an answer, and not when it says that it is well; one connection, and nobody is told', async () => {
  const { env, startupProbe } = containerOf(await readManifests(addonManifest('unleash.yaml')), 'unleash');
  expect(startupProbe.exec?.command.join(' ')).toContain('/api/client/features');
  const plain = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  expect(plain).toMatchObject({ DATABASE_POOL_MAX: '1', CHECK_VERSION: 'false', SEND_TELEMETRY: 'false' });
});
