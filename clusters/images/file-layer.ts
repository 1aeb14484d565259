/** A layer of an image's own files, laid out in a folder first and packed by tar: the same files give the same bytes. */
import { createHash } from 'node:crypto';
import { chmod, copyFile, link, mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { runProgram } from '../../harness/process/run-program.ts';
import type { ImageFile } from './image-plan.ts';
import { type Layer, readLayer, recordLayer } from './layer.ts';

export interface LayerFiles {
  readonly files: readonly ImageFile[];
  readonly links?: Readonly<Record<string, string>>;
}

/** Raise when the way of packing changes a layer's bytes. */
const METHOD = 1;

export function layerKey({ files, links }: LayerFiles): string {
  const inputs = {
    METHOD,
    files: files
      .map(({ at, sha256, executable }) => ({ at, sha256, executable }))
      .sort((a, b) => (a.at < b.at ? -1 : 1)),
    links: Object.entries(links ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  return `files-${createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)}`;
}

/** @param directory where layers are kept */
export async function fileLayer(content: LayerFiles, directory: string, signal: AbortSignal): Promise<Layer> {
  const key = layerKey(content);
  const found = await readLayer(directory, key);
  if (found !== undefined) return found;
  const stage = path.join(directory, `${key}.unfinished`);
  await removeOwnTree(stage);
  await mkdir(stage, { recursive: true });
  await chmod(stage, 0o755);
  for (const file of content.files) await place(stage, file);
  for (const [at, target] of Object.entries(content.links ?? {})) {
    await makeFolder(stage, at);
    await symlink(target, path.join(stage, at));
  }
  const unfinished = `${stage}.tar`;
  await runProgram(['tar', ...tarFlags(), '--directory', stage, '--create', '--file', unfinished, '.'], { signal });
  await removeOwnTree(stage);
  await rename(unfinished, path.join(directory, `${key}.tar`));
  return recordLayer(
    directory,
    key,
    content.files.map(({ at }) => at),
  );
}

/** Nothing of this machine, of today, or of the order of a folder gets into the tar. */
export function tarFlags(): readonly string[] {
  return [
    '--format=gnu',
    '--sort=name',
    '--mtime=@0',
    '--numeric-owner',
    '--owner=0',
    '--group=0',
    '--hard-dereference',
  ];
}

async function place(stage: string, { at, from, executable }: ImageFile): Promise<void> {
  const target = path.join(stage, at);
  const mode = executable ? 0o755 : 0o644;
  await makeFolder(stage, at);
  if (typeof from !== 'string') {
    await writeFile(target, from.text);
    await chmod(target, mode);
    return;
  }
  // Programs are large and right already: a second name for the same bytes does, where the disk allows one.
  const fits = ((await stat(from)).mode & 0o7777) === mode;
  if (fits && (await linked(from, target))) return;
  await copyFile(from, target);
  await chmod(target, mode);
}

function linked(from: string, target: string): Promise<boolean> {
  return link(from, target).then(
    () => true,
    () => false,
  );
}

/** Folders are 0755 whatever this user's umask is. */
async function makeFolder(stage: string, at: string): Promise<void> {
  let folder = stage;
  for (const name of path.posix.dirname(at).split('/').filter(Boolean)) {
    folder = path.join(folder, name);
    await mkdir(folder).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    await chmod(folder, 0o755);
  }
}
