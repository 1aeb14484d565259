/** Puts a component into the cache whole or not at all: filled in a staging folder, described, then renamed. */
import { mkdir, mkdtemp, open, rename } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import { bootMoment } from '../../../harness/process/boot-moment.ts';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import { type ComponentManifest, describeFiles, writeManifest } from '../manifest.ts';
import { recordInstalled, recordVerified } from '../trust.ts';

/** What a builder reports about the folder it filled. */
export interface Filled {
  readonly programs: ComponentManifest['programs'];
  /** Relative paths to list with their hashes: files or directories. */
  readonly described: readonly string[];
  /** SHA-256 of the files that were hashed as they were written; the others are read again. */
  readonly hashes?: ReadonlyMap<string, string>;
}

export interface Installation {
  /** The final directory. */
  readonly directory: string;
  /** On the same file system as `directory`. */
  readonly stagingDirectory: string;
  readonly identity: Pick<ComponentManifest, 'component' | 'version' | 'origin' | 'recipeHash'>;
  readonly clock: () => number;
}

/** At a time: one alone waits for the disk most of its time, and hundreds of small files have one each. */
const FLUSHES = 8;

/** Fills, describes and installs; on any failure nothing is left and an earlier installation stays as it was. */
export async function installComponent(
  { directory, stagingDirectory, identity, clock }: Installation,
  fill: (directory: string) => Promise<Filled>,
): Promise<ComponentManifest> {
  await mkdir(stagingDirectory, { recursive: true });
  const staging = await mkdtemp(path.join(stagingDirectory, `${identity.component}-`));
  try {
    const started = clock();
    const fresh = path.join(staging, 'fresh');
    await mkdir(fresh);
    const { programs, described, hashes } = await fill(fresh);
    const manifest: ComponentManifest = {
      schema: 1,
      ...identity,
      builtAt: new Date(clock()).toISOString(),
      buildSeconds: Math.round((clock() - started) / 100) / 10,
      programs,
      files: await describeFiles(fresh, described, hashes),
    };
    const text = await writeManifest(fresh, manifest);
    await flush(fresh, Object.keys(manifest.files));
    await mkdir(path.dirname(directory), { recursive: true });
    // A damaged installation moves aside first: rename does not replace a directory that has files.
    await rename(directory, path.join(staging, 'replaced')).catch(ignoreMissing);
    await rename(fresh, directory);
    await recordInstalled(directory, text);
    // every file was hashed just now: the first run in this boot need not do it again
    await recordVerified(directory, (await bootMoment()).id, Object.keys(manifest.files));
    return manifest;
  } finally {
    await removeOwnTree(staging);
  }
}

/** To the disk before the new name: after a power cut the name must not stand for files that are empty. */
async function flush(directory: string, relatives: readonly string[]): Promise<void> {
  const some = pLimit(FLUSHES);
  await Promise.all(
    relatives.map((relative) =>
      some(async () => {
        const handle = await open(path.join(directory, relative), 'r');
        await handle.sync().finally(() => handle.close());
      }),
    ),
  );
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
