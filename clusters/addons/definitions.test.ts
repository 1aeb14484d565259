import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { applyDefinitions, readInstallFile } from './definitions.ts';

const definition = (plural: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.example.com
spec:
  group: example.com
  names: { kind: ${plural} }
  versions: [{ name: v1beta1, served: false }, { name: v1, served: true }]
`;
const established = { status: { conditions: [{ type: 'Established', status: 'True' }] } };

/** Definitions that are there; what is applied is established at once, and served at the second look. */
function clusterWith(...names: string[]) {
  const objects = new Map<string, KubeObject>();
  const applied: string[] = [];
  const looks = new Map<string, number>();
  const log: string[] = [];
  const make = (plural: string): KubeObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', names: { kind: plural }, versions: [{ name: 'v1', served: true }] },
    ...established,
  });
  for (const name of names) objects.set(`${name}.example.com`, make(name));
  const client = {
    async get(_: unknown, name: string) {
      return objects.get(name);
    },
    async apply(list: readonly KubeObject[]) {
      for (const object of list) {
        applied.push(object.metadata.name);
        objects.set(object.metadata.name, { ...object, ...established });
      }
    },
    async waitFor(_: unknown, name: string, met: (object: KubeObject | undefined) => boolean) {
      const found = objects.get(name);
      if (!met(found)) throw environmentError('WAIT_TIMEOUT', `${name} is not established`);
      return found;
    },
    async locate({ apiVersion, kind }: { apiVersion: string; kind: string }) {
      const seen = (looks.get(kind) ?? 0) + 1;
      looks.set(kind, seen);
      log.push(`${apiVersion} ${kind} ${seen}`);
      if (seen < 2) throw environmentError('KIND_UNKNOWN', `the cluster knows no ${kind}`);
      return { apiVersion, resource: kind };
    },
  } as unknown as ClusterClient;
  return { client, applied, log };
}

function keptOf(names: Readonly<Record<string, string>>) {
  const told: string[] = [];
  return {
    told,
    nameOf: (text: string) => names[text],
    applied: (_: string, name: string) => void told.push(name),
  };
}

const signal = new AbortController().signal;
const updates: string[] = [];
const step = { update: (text: string) => void updates.push(text), done: () => undefined, fail: () => undefined };
const carts = definition('carts');
const shops = definition('shops');

test('what the cluster was started with is not applied again', async () => {
  const { client, applied, log } = clusterWith('carts');
  const kept = keptOf({ [carts]: 'carts.example.com' });
  await applyDefinitions({ client, signal, step, definitions: kept }, { file: 'f', definitions: [carts, shops] });
  expect(applied).toEqual(['shops.example.com']);
  expect(kept.told).toEqual(['shops.example.com']);
  // of each until discovery knows it, by a version that is served
  expect(log.filter((line) => line.includes('carts'))).toEqual(['example.com/v1 carts 1', 'example.com/v1 carts 2']);
  expect(log.filter((line) => line.includes('shops'))).toEqual(['example.com/v1 shops 1', 'example.com/v1 shops 2']);
});

test('what it was to be started with and has not is applied', async () => {
  const { client, applied } = clusterWith();
  const kept = keptOf({ [carts]: 'carts.example.com' });
  await applyDefinitions({ client, signal, step, definitions: kept }, { file: 'f', definitions: [carts] });
  expect(applied).toEqual(['carts.example.com']);
  expect(kept.told).toEqual(['carts.example.com']);
});

test('without a base every one is applied, in turn where that is asked for', async () => {
  const { client, applied } = clusterWith('carts');
  updates.length = 0;
  await applyDefinitions({ client, signal, step }, { file: 'f', definitions: [carts, shops] }, true);
  expect(applied).toEqual(['carts.example.com', 'shops.example.com']);
  expect(updates).toEqual(['definition 1 of 2', 'definition 2 of 2']);
});

test('an error of discovery is not taken for a kind that comes later', async () => {
  const { client } = clusterWith('carts');
  const broken = { ...client, locate: async () => Promise.reject(new Error('socket hang up')) };
  await expect(applyDefinitions({ client: broken, signal, step }, { file: 'f', definitions: [carts] })).rejects.toThrow(
    'socket hang up',
  );
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('an install file: texts of definitions, and the rest as objects', async () => {
  const file = path.join(folder, 'install.yaml');
  const other = 'kind: ConfigMap\nmetadata: { name: words }\ndata:\n  text: |\n    kind: CustomResourceDefinition\n';
  await writeFile(file, `# made by a program\n---${carts}---\n${other}---${shops}`);
  const install = await readInstallFile(file);
  expect(install.definitions.map((text) => text.trim())).toEqual([carts.trim(), shops.trim()]);
  expect(install.others.map(({ metadata }) => metadata.name)).toEqual(['words']);
});
