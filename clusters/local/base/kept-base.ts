/**
 * The kept base of a control plane: the definitions of kinds that an earlier cluster of the same addons came to, as its API
 * server stored them. A cluster that starts with them is spared the dearest part of its start: an API server that takes
 * dozens of definitions one after the other, and describes all of them anew after each.
 *
 * Definitions and nothing else: no pod, no secret, no certificate, nothing that tells who a cluster is. And a new cluster's
 * have identities and times of their own.
 */
import { createHash, randomUUID } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { KeptDefinitions } from '../../../harness/ports/kept-definitions.ts';
import { writeFileAtomic } from '../../../harness/process/atomic-file.ts';
import { makePrivateFolder, notPrivate } from '../../../harness/process/private-folder.ts';
import type { NodeParts } from '../node-spec.ts';
import type { EtcdEntry } from './etcd-gateway.ts';

/** Where the API server keeps definitions. */
export const DEFINITIONS = '/registry/apiextensions.k8s.io/customresourcedefinitions/';

/** Of this file's own form. */
const FORM = 1;

const stored = z.looseObject({
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.looseObject({
    name: z.string().min(1),
    uid: z.string(),
    creationTimestamp: z.string(),
    managedFields: z.array(z.looseObject({})).optional(),
  }),
  status: z.looseObject({ conditions: z.array(z.looseObject({})) }),
});

const baseSchema = z.strictObject({
  form: z.literal(FORM),
  definitions: z.array(
    z.strictObject({
      /** sha256 of the manifest's text. */
      manifest: z.hash('sha256'),
      object: stored,
    }),
  ),
});
export type KeptBase = z.infer<typeof baseSchema>;

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** What decides how definitions are stored, and which there are: programs, their versions, and addons. */
export function baseKey(addons: readonly string[], { components }: Pick<NodeParts, 'components'>): string {
  const programs = components.map(({ name, version, sha256: sum }) => [name, version, sum ?? ''].join(' ')).sort();
  return sha256(JSON.stringify([FORM, [...addons].sort(), programs]));
}

export interface BaseStore {
  /** Undefined where there is none that is whole. */
  read(key: string): Promise<KeptBase | undefined>;
  write(key: string, base: KeptBase): Promise<void>;
}

/** @param folder of this user alone; made when it is needed */
export function createBaseStore(folder: string): BaseStore {
  const fileOf = (key: string) => path.join(folder, `${key}.json.gz`);
  return {
    async read(key) {
      // what others could have changed, and what was cut short, is none; the next cluster leaves a new one
      const found = await lstat(folder).catch(() => undefined);
      if (found === undefined || notPrivate(found) !== undefined) return undefined;
      const packed = await readFile(fileOf(key)).catch(() => undefined);
      return packed === undefined ? undefined : parseBase(packed);
    },
    async write(key, base) {
      await makePrivateFolder(folder);
      const text = JSON.stringify(base);
      await writeFileAtomic(fileOf(key), gzipSync(`${sha256(text)}\n${text}`), 0o600);
    },
  };
}

/** A checksum on the first line, the base on the second; undefined for anything else. */
export function parseBase(packed: Buffer): KeptBase | undefined {
  try {
    const whole = gunzipSync(packed).toString();
    const end = whole.indexOf('\n');
    const text = whole.slice(end + 1);
    if (whole.slice(0, end) !== sha256(text)) return undefined;
    return baseSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a new cluster's etcd is given: the definitions as they would be if they had just been made. */
export function entriesOf({ definitions }: KeptBase, nowMs: number): readonly EtcdEntry[] {
  const time = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return definitions.map(({ object }) => {
    const { metadata, status } = object;
    const renewed = {
      ...object,
      metadata: {
        ...metadata,
        uid: randomUUID(),
        creationTimestamp: time,
        ...(metadata.managedFields ? { managedFields: metadata.managedFields.map((one) => ({ ...one, time })) } : {}),
      },
      status: { ...status, conditions: status.conditions.map((one) => ({ ...one, lastTransitionTime: time })) },
    };
    return { key: `${DEFINITIONS}${metadata.name}`, value: Buffer.from(JSON.stringify(renewed)) };
  });
}

/** What a cluster came to, to be kept: those definitions whose manifest is known. */
export function baseOf(entries: readonly EtcdEntry[], manifests: ReadonlyMap<string, string>): KeptBase {
  const byName = new Map(
    entries.flatMap(({ value }) => {
      const { data } = stored.safeParse(JSON.parse(value.toString()));
      return data ? [[data.metadata.name, data] as const] : [];
    }),
  );
  return {
    form: FORM,
    definitions: [...manifests].flatMap(([manifest, name]) => {
      const object = byName.get(name);
      return object ? [{ manifest, object }] : [];
    }),
  };
}

export interface DefinitionsOfCluster extends KeptDefinitions {
  /** Whether something had to be applied, so that another base would spare more. */
  hasNew(): boolean;
  /** Checksum of a manifest → name of its definition; those that the cluster was started with among them. */
  manifests(): ReadonlyMap<string, string>;
}

export function definitionsOf(base: KeptBase | undefined): DefinitionsOfCluster {
  const kept = new Map(base?.definitions.map(({ manifest, object }) => [manifest, object.metadata.name]));
  const used = new Map<string, string>();
  let fresh = false;
  return {
    nameOf(manifest) {
      const sum = sha256(manifest);
      const name = kept.get(sum);
      if (name !== undefined) used.set(sum, name);
      return name;
    },
    applied(manifest, name) {
      used.set(sha256(manifest), name);
      fresh = true;
    },
    hasNew: () => fresh,
    manifests: () => used,
  };
}
