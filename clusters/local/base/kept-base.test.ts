import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EtcdEntry } from './etcd-gateway.ts';
import {
  baseKey,
  baseOf,
  createBaseStore,
  DEFINITIONS,
  definitionsOf,
  entriesOf,
  type KeptBase,
  parseBase,
} from './kept-base.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const NOW = Date.parse('2026-11-30T12:00:00.5Z');

/** As an API server stores it. */
function stored(name: string): EtcdEntry {
  const object = {
    kind: 'CustomResourceDefinition',
    apiVersion: 'apiextensions.k8s.io/v1beta1',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{ manager: 'canaryproof', time: '2026-01-01T00:00:00Z' }],
    },
    spec: { group: 'example.com' },
    status: { conditions: [{ type: 'Established', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  };
  return { key: `${DEFINITIONS}${name}`, value: Buffer.from(JSON.stringify(object)) };
}

const base = (): KeptBase =>
  baseOf(
    [stored('carts.example.com'), stored('theirs.example.com')],
    new Map([
      [sha256('carts'), 'carts.example.com'],
      [sha256('gone'), 'gone.example.com'],
    ]),
  );

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'canaryproof-test-')), 'base');
});
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

describe('what is kept', () => {
  test('definitions whose manifest is known and that the cluster has, and nothing else', () => {
    expect(base().definitions.map(({ manifest, object }) => [manifest, object.metadata.name])).toEqual([
      [sha256('carts'), 'carts.example.com'],
    ]);
  });

  test('a new cluster is given them with an identity and times of its own', () => {
    const [first] = entriesOf(base(), NOW);
    const [again] = entriesOf(base(), NOW);
    const object = JSON.parse(String(first?.value));
    const { uid: _, creationTimestamp: _time, managedFields: _fields, ...rest } = object.metadata;
    expect(first?.key).toBe(`${DEFINITIONS}carts.example.com`);
    expect(object.metadata.uid).not.toBe('uid-of-carts.example.com');
    expect(object.metadata.uid).not.toBe(JSON.parse(String(again?.value)).metadata.uid);
    expect(object.metadata.creationTimestamp).toBe('2026-11-30T12:00:00Z');
    expect(object.metadata.managedFields).toEqual([{ manager: 'canaryproof', time: '2026-11-30T12:00:00Z' }]);
    expect(object.status.conditions).toEqual([
      { type: 'Established', status: 'True', lastTransitionTime: '2026-11-30T12:00:00Z' },
    ]);
    expect(rest).toEqual({ name: 'carts.example.com', generation: 1 });
    expect(object.spec).toEqual({ group: 'example.com' });
  });

  test('by the very text of the manifest', () => {
    const definitions = definitionsOf(base());
    expect(definitions.nameOf('carts')).toBe('carts.example.com');
    expect(definitions.nameOf('carts, changed')).toBeUndefined();
    expect(definitions.hasNew()).toBe(false);
    definitions.applied('carts, changed', 'carts.example.com');
    expect(definitions.hasNew()).toBe(true);
    expect([...definitions.manifests()]).toEqual([
      [sha256('carts'), 'carts.example.com'],
      [sha256('carts, changed'), 'carts.example.com'],
    ]);
  });

  test('a cluster without a base knows none', () => {
    expect(definitionsOf(undefined).nameOf('carts')).toBeUndefined();
  });
});

describe('the key', () => {
  const component = (name: string, version: string, sum: string) => ({ name, version, origin: 'module', sha256: sum });
  const parts = { components: [component('etcd', '3', 'a'), component('kube-apiserver', '1', 'b')] };
  const key = baseKey(['istio', 'argocd'], parts);

  test('is the same whatever the order', () => {
    expect(baseKey(['argocd', 'istio'], { components: [...parts.components].reverse() })).toBe(key);
  });

  test.each([
    ['another addon', ['istio'], parts.components],
    ['another version', ['istio', 'argocd'], [parts.components[0], component('kube-apiserver', '2', 'b')]],
    [
      'other bytes of the same version',
      ['istio', 'argocd'],
      [parts.components[0], component('kube-apiserver', '1', 'c')],
    ],
  ])('is another with %s', (_, addons, components) => {
    expect(baseKey(addons, { components } as typeof parts)).not.toBe(key);
  });
});

describe('the store', () => {
  const [key] = ['0123'];

  test('gives back what it was given, in a folder of this user alone', async () => {
    const store = createBaseStore(folder);
    expect(await store.read(key)).toBeUndefined();
    await store.write(key, base());
    expect(await store.read(key)).toEqual(base());
    expect(await store.read('4567')).toBeUndefined();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(['0123.json.gz']);
    expect((await stat(path.join(folder, '0123.json.gz'))).mode & 0o777).toBe(0o600);
  });

  test('a folder that others may write to has none, and gets none', async () => {
    const store = createBaseStore(folder);
    await store.write(key, base());
    await chmod(folder, 0o777);
    expect(await store.read(key)).toBeUndefined();
    await expect(store.write(key, base())).rejects.toMatchObject({ code: 'FOLDER_NOT_PRIVATE' });
  });

  test('what is cut short is none', async () => {
    const store = createBaseStore(folder);
    await store.write(key, base());
    const file = path.join(folder, '0123.json.gz');
    const whole = await readFile(file);
    for (const end of [0, 10, whole.length - 9, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, end));
      expect(await store.read(key), `${end} bytes`).toBeUndefined();
    }
  });
});

test.each([
  ['another checksum', `${sha256('x')}\n${JSON.stringify(base())}`],
  ['another form', signed({ ...base(), form: 2 })],
  ['a secret among them', signed({ ...base(), definitions: [{ manifest: sha256('s'), object: { kind: 'Secret' } }] })],
  ['a line', 'nothing'],
])('%s is no base', (_, text) => {
  expect(parseBase(gzipSync(text))).toBeUndefined();
});

test('a base that was signed is one', () => {
  expect(parseBase(gzipSync(signed(base())))).toEqual(base());
});

function signed(value: unknown): string {
  const text = JSON.stringify(value);
  return `${sha256(text)}\n${text}`;
}
