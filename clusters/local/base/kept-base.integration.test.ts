/** A cluster that begins with what another one left, beside one that does not: the real API server's own words. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalCluster } from '../../../harness/cli/compose/local-cluster.ts';
import type { ClusterSpec } from '../../../harness/ports/cluster.ts';
import { createFakeWorld } from '../../../harness/testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../../../harness/testkit/fakes/silent-progress.ts';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { createBaseStore, type KeptBase } from './kept-base.ts';

const LIMIT_MS = 180_000;
const SPEC: ClusterSpec = { name: 'base', addons: ['argo-rollouts'], componentVersions: {}, images: [] };
const DEFINITIONS = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
const signal = new AbortController().signal;
let folder: string;
let bases: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-test-'));
  bases = path.join(folder, 'base');
});
afterAll(async () => {
  await provider().down(SPEC.name, createSilentProgress());
  await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

function provider() {
  const world = { ...createFakeWorld(), env: { ...process.env, XDG_STATE_HOME: folder }, cwd: folder, now: Date.now };
  return createLocalCluster(world, [], createBaseStore(bases)).provider;
}

interface Seen {
  readonly definitions: readonly KubeObject[];
  /** Of the namespace by which a cluster is known. */
  readonly uid: string | undefined;
  /** What etcd was given, in the words of the node. */
  readonly given: string | undefined;
}

async function freshCluster(): Promise<Seen> {
  const { kubeconfigPath } = await provider().up(SPEC, createSilentProgress(), signal);
  const client = createClusterClient(kubeconfigPath);
  const [definitions, kubeSystem, log] = await Promise.all([
    client.list(DEFINITIONS),
    client.get({ apiVersion: 'v1', resource: 'namespaces' }, 'kube-system'),
    readFile(path.join(folder, 'canaryproof/clusters/base/logs/supervisor.log'), 'utf8'),
  ]);
  await provider().down(SPEC.name, createSilentProgress());
  const given = log.split('\n').find((line) => line.includes('kept definitions'));
  return { definitions, uid: kubeSystem?.metadata.uid, given: given?.replace(/^\S+ /, '') };
}

/** Without what differs between any two clusters. */
function essence(definitions: readonly KubeObject[]): unknown {
  const text = JSON.stringify(definitions, (key, value: unknown) =>
    ['uid', 'resourceVersion', 'creationTimestamp', 'lastTransitionTime', 'time'].includes(key) ? '' : value,
  );
  return (JSON.parse(text) as KubeObject[]).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

const onlyFile = async () => path.join(bases, (await readdir(bases))[0] ?? 'none');

test(
  'one from a kept base cannot be told from one without, and shares no identity with it',
  async () => {
    const without = await freshCluster();
    const text = gunzipSync(await readFile(await onlyFile())).toString();
    const from = await freshCluster();
    expect(without.given).toBe('0 kept definitions given to etcd');
    expect(from.given).toBe(`${without.definitions.length} kept definitions given to etcd`);
    expect(without.definitions.length).toBeGreaterThan(3);
    expect(essence(from.definitions)).toEqual(essence(without.definitions));
    const uids = [without, from].flatMap(({ definitions, uid }) => [
      uid,
      ...definitions.map((one) => one.metadata.uid),
    ]);
    expect(new Set(uids).size).toBe(uids.length);
    // what a cluster is known by, and what it keeps secret, is in no base
    expect(text).not.toContain(without.uid);
    expect(text).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY|LS0tLS1CRUdJTi|"kind":"Secret"/);
  },
  LIMIT_MS,
);

test(
  'a stale base is found: what it has otherwise is applied, and it is made anew',
  async () => {
    const file = await onlyFile();
    const { form, definitions } = JSON.parse(
      gunzipSync(await readFile(file))
        .toString()
        .replace(/^.*\n/, ''),
    ) as KeptBase;
    const right = (await freshCluster()).definitions;
    // as of an older release: another text, and a kind that was called otherwise
    const stale = definitions.map((one, index) => (index === 0 ? withShortName(one, 'old') : one));
    const text = JSON.stringify({ form, definitions: stale });
    const checksum = createHash('sha256').update(text).digest('hex');
    await writeFile(file, gzipSync(`${checksum}\n${text}`));
    const seen = await freshCluster();
    expect(seen.given).toBe(`${definitions.length} kept definitions given to etcd`);
    expect(shortNames(seen.definitions)).toEqual(shortNames(right));
    const remade = JSON.parse(
      gunzipSync(await readFile(file))
        .toString()
        .replace(/^.*\n/, ''),
    ) as KeptBase;
    expect(new Set(remade.definitions.map(({ manifest }) => manifest))).toEqual(
      new Set(definitions.map(({ manifest }) => manifest)),
    );
  },
  LIMIT_MS,
);

test(
  'a damaged base is none, and the next cluster has one again',
  async () => {
    const file = await onlyFile();
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length / 2));
    expect((await freshCluster()).given).toBe('0 kept definitions given to etcd');
    expect((await freshCluster()).given).not.toBe('0 kept definitions given to etcd');
  },
  LIMIT_MS,
);

type Kept = KeptBase['definitions'][number];

function withShortName(one: Kept, name: string): Kept {
  const { spec } = one.object as unknown as { spec: { names: object } };
  return {
    manifest: createHash('sha256').update('an older text').digest('hex'),
    object: { ...one.object, spec: { ...spec, names: { ...spec.names, shortNames: [name] } } },
  };
}

function shortNames(definitions: readonly KubeObject[]): unknown {
  return definitions
    .map(({ metadata, spec }) => [
      metadata.name,
      (spec as unknown as { names: { shortNames?: string[] } }).names.shortNames,
    ])
    .toSorted();
}
