/**
 * Where built images are kept, without any engine:
 *
 *     roots/NAME-HASH.{tar,json}     Debian root file systems        layers/files-HASH.{tar,json}   images' own files
 *     built/NAME.json                the image that NAME is now      lock                           who builds now
 *
 * A layer that several images share is there once.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { fileLayer } from './file-layer.ts';
import { type BuiltImage, describeImage } from './image-document.ts';
import type { ImagePlan } from './image-plan.ts';
import { type Layer, readLayer } from './layer.ts';

export interface StoreLayout {
  readonly root: string;
  readonly roots: string;
  readonly layers: string;
  readonly built: string;
  /** Archives and the like while they are made; nothing in it outlives a build. */
  readonly scratch: string;
  readonly lockFile: string;
}

export function storeLayout(cacheDirectory: string): StoreLayout {
  const root = path.join(cacheDirectory, 'images');
  return {
    root,
    roots: path.join(root, 'roots'),
    layers: path.join(root, 'layers'),
    built: path.join(root, 'built'),
    scratch: path.join(root, 'scratch'),
    lockFile: path.join(root, 'lock'),
  };
}

const recordSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string(),
  tags: z.array(z.string()),
  version: z.string(),
  parts: z.array(z.string()),
  recipe: z.string(),
  id: z.string(),
  configuration: z.string(),
  layers: z.array(z.strictObject({ key: z.string(), root: z.boolean() })),
});

/** The image in full, built from the plan; what is there already is used. */
export async function buildImage(
  plan: ImagePlan,
  runtime: () => Promise<Layer>,
  layout: StoreLayout,
  architecture: string,
  signal: AbortSignal,
): Promise<BuiltImage> {
  await mkdir(layout.layers, { recursive: true });
  const base = plan.base === 'runtime' ? [await runtime()] : [];
  const own = plan.files.length > 0 ? [await fileLayer(plan, layout.layers, signal)] : [];
  return describeImage(plan, [...base, ...own], architecture);
}

export async function recordImage(image: BuiltImage, layout: StoreLayout): Promise<void> {
  const { layers, ...rest } = image;
  const record = {
    schema: 1,
    ...rest,
    layers: layers.map(({ key, file }) => ({ key, root: path.dirname(file) === layout.roots })),
  };
  await writeFileAtomic(recordFile(layout, image.name), `${JSON.stringify(record, null, 1)}\n`);
}

/** Images whose record and layers are all there. */
export async function readImages(layout: StoreLayout): Promise<readonly BuiltImage[]> {
  const names = (await readdir(layout.built).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  const images = await Promise.all(names.map((name) => readImage(layout, path.join(layout.built, name))));
  return images.filter((image) => image !== undefined);
}

async function readImage(layout: StoreLayout, file: string): Promise<BuiltImage | undefined> {
  const record = recordSchema.safeParse(parseJson(await readFile(file, 'utf8'))).data;
  if (record === undefined) return undefined;
  const found = await Promise.all(
    record.layers.map(({ key, root }) => readLayer(root ? layout.roots : layout.layers, key)),
  );
  const layers = found.filter((layer) => layer !== undefined);
  const { schema: _schema, layers: _keys, ...rest } = record;
  return layers.length === record.layers.length ? { ...rest, layers } : undefined;
}

/** Everything that no given image stands on: older layers and roots, records of other images, unfinished files. */
export async function removeUnused(layout: StoreLayout, kept: readonly BuiltImage[], keptKeys: readonly string[]) {
  const keys = new Set([...keptKeys, ...kept.flatMap(({ layers }) => layers.map(({ key }) => key))]);
  const records = new Set(kept.map(({ name }) => path.basename(recordFile(layout, name))));
  const doomed = [layout.scratch];
  for (const directory of [layout.roots, layout.layers])
    for (const name of await readdir(directory).catch(() => []))
      if (!keys.has(name.replace(/\.(tar|json)$/, ''))) doomed.push(path.join(directory, name));
  for (const name of await readdir(layout.built).catch(() => []))
    if (!records.has(name)) doomed.push(path.join(layout.built, name));
  for (const each of doomed) await (/\.(tar|json)$/.test(each) ? rm(each, { force: true }) : removeOwnTree(each));
}

function recordFile(layout: StoreLayout, name: string): string {
  return path.join(layout.built, `${name.replaceAll(/[^\w.-]+/g, '_')}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the answer to a damaged record is to build again
  }
}
