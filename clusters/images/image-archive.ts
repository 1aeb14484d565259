/** Images as one archive file, for `docker load`, `kind load image-archive` and `ctr images import`. */
import { link, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { runProgram } from '../../harness/process/run-program.ts';
import { tarFlags } from './file-layer.ts';
import { archiveDocuments, type BuiltImage } from './image-document.ts';

/** @param file appears whole or not at all */
export async function writeArchive(images: readonly BuiltImage[], file: string, signal: AbortSignal): Promise<void> {
  const { texts, layers } = archiveDocuments(images);
  const stage = `${file}.unfinished`;
  await removeOwnTree(stage);
  await mkdir(stage, { recursive: true });
  try {
    for (const [name, text] of Object.entries(texts)) await writeFile(path.join(stage, name), text);
    for (const [name, from] of Object.entries(layers)) await secondName(from, path.join(stage, name));
    const unfinished = `${stage}.tar`;
    // in this order: kind stops at the first document that names tags
    const names = [...Object.keys(texts), ...Object.keys(layers)];
    await runProgram(
      ['tar', ...tarFlags(), '--dereference', '--directory', stage, '--create', '--file', unfinished, ...names],
      { signal },
    );
    await rename(unfinished, file);
  } finally {
    await removeOwnTree(stage);
    await rm(`${stage}.tar`, { force: true });
  }
}

/** A gibibyte is not copied where another name for it does. */
async function secondName(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => symlink(from, to));
}
