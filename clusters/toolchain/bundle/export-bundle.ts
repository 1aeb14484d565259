/** Writes installed components into one file; see bundle-format.ts. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { constants, createZstdCompress } from 'node:zlib';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import type { Architecture } from '../catalogue/recipe.ts';
import type { ComponentManifest } from '../manifest.ts';
import { type BundledComponent, type BundleIndex, MAGIC, trailerOf } from './bundle-format.ts';

/** Fast, and a third of the size; it is part of the format, because other levels give other bytes. */
const LEVEL = 3;
const CHUNK_BYTES = 1024 ** 2;

export interface ExportedBundle {
  readonly file: string;
  readonly bytes: number;
  /** Of the whole file. */
  readonly sha256: string;
  readonly components: readonly string[];
}

export interface Exportable {
  readonly directory: string;
  readonly manifest: ComponentManifest;
}

/**
 * Appears whole or not at all, and replaces a file of that name.
 * @param signal ends it, leaving nothing
 * @throws HarnessError TOOLCHAIN_FILE_UNWRITABLE, CACHE_CHANGED
 */
export async function exportBundle(
  file: string,
  architecture: Architecture,
  exportables: readonly Exportable[],
  signal: AbortSignal,
): Promise<ExportedBundle> {
  const sorted = exportables.toSorted((a, b) => (nameOf(a.manifest) < nameOf(b.manifest) ? -1 : 1));
  const components = await Promise.all(sorted.map(bundled));
  const index: BundleIndex = { architecture, components };
  const temporary = `${file}.${randomUUID()}.part`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(temporary, 'wx', 0o644);
    const whole = createHash('sha256');
    let bytes = 0;
    const put = async (chunk: Uint8Array) => {
      whole.update(chunk);
      bytes += chunk.byteLength;
      await handle.writeFile(chunk);
    };
    try {
      await put(Buffer.from(MAGIC));
      for await (const chunk of compressed(contents(index, sorted, signal))) await put(chunk);
      await put(Buffer.from(trailerOf(whole.copy().digest('hex'))));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    return { file, bytes, sha256: whole.digest('hex'), components: components.map(nameOf) };
  } catch (cause) {
    await rm(temporary, { force: true });
    if (!(cause instanceof Error && 'code' in cause && 'syscall' in cause)) throw cause;
    throw environmentError('TOOLCHAIN_FILE_UNWRITABLE', `the file cannot be written: ${cause.message}`, {
      where: file,
      hint: 'Is the path right, and is there space left?',
      cause,
    });
  }
}

const nameOf = ({ component, version }: Pick<ComponentManifest, 'component' | 'version'>): string =>
  `${component} ${version}`;

async function bundled({ directory, manifest }: Exportable): Promise<BundledComponent> {
  const { component, version, origin, recipeHash, programs } = manifest;
  const names = Object.keys(manifest.files).sort();
  const files = names.map(async (name) => {
    const { bytes, sha256 } = manifest.files[name]!;
    const { mode } = await stat(path.join(directory, name));
    return { path: name, bytes, sha256, executable: (mode & 0o100) !== 0 };
  });
  return { component, version, origin, recipeHash, programs, files: await Promise.all(files) };
}

async function* contents(index: BundleIndex, sources: readonly Exportable[], signal: AbortSignal) {
  yield Buffer.from(`${JSON.stringify(index)}\n`);
  for (const [at, { files }] of index.components.entries())
    for (const { path: name, bytes, sha256 } of files) {
      const source = path.join(sources[at]!.directory, name);
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(source, { highWaterMark: CHUNK_BYTES, signal })) {
        hash.update(chunk as Buffer);
        yield chunk as Buffer;
      }
      // what is written must be what was installed: a file may have been changed since it was last looked at
      if (hash.digest('hex') !== sha256)
        throw environmentError('CACHE_CHANGED', `a file of the cache is not as it was installed (${bytes} bytes)`, {
          where: source,
          hint: 'Nothing was exported. `npm run toolchain -- ensure NAME` builds the component again.',
        });
    }
}

async function* compressed(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { Readable } = await import('node:stream');
  const stream = Readable.from(source, { objectMode: false });
  const compress = createZstdCompress({
    chunkSize: CHUNK_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
  });
  stream.on('error', (error) => compress.destroy(error));
  yield* stream.pipe(compress) as AsyncIterable<Buffer>;
}
