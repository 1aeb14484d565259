/**
 * Installs the components of an exported file. All of the file is hashed before any of it is written, each component
 * appears whole or not at all, and one that is there and intact stays as it is.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { writableByOthers } from '../../../harness/process/private-folder.ts';
import type { Filled } from '../build/install.ts';
import { altered, type BundledComponent, parseIndex, requireMagic, TRAILER_BYTES, trailerOf } from './bundle-format.ts';
import { type ByteReader, createByteReader } from './byte-reader.ts';

const START_BYTES = 64;
/** Every piece costs a turn through the thread pool to be decompressed and one to be written: 16 KiB would be 60 times as many. */
const CHUNK_BYTES = 1024 ** 2;

export interface OpenBundle {
  readonly architecture: string;
  readonly components: readonly BundledComponent[];
  /** Of the whole file. */
  readonly sha256: string;
  /** In the order of `components`, each once: writes its files below a folder. @throws HarnessError TOOLCHAIN_FILE_ALTERED */
  fill(component: BundledComponent, directory: string): Promise<Filled>;
  /** Passes over the next component. */
  skip(component: BundledComponent): Promise<void>;
  close(): Promise<void>;
}

/**
 * @throws HarnessError TOOLCHAIN_FILE_MISSING, TOOLCHAIN_FILE_NOT_TRUSTED (others may write to it),
 *   TOOLCHAIN_FILE_FOREIGN, TOOLCHAIN_FILE_NEWER, TOOLCHAIN_FILE_CUT, TOOLCHAIN_FILE_ALTERED
 */
export async function openBundle(file: string): Promise<OpenBundle> {
  const handle = await opened(file);
  try {
    const { size } = await requireOwn(handle, file);
    const sha256 = await requireWhole(handle, size, file);
    const from = (await textAt(handle, 0, START_BYTES)).indexOf('\n') + 1;
    const stream = createReadStream('', {
      fd: handle,
      autoClose: false,
      start: from,
      end: size - TRAILER_BYTES - 1,
      highWaterMark: CHUNK_BYTES,
    });
    const plain = createZstdDecompress({ chunkSize: CHUNK_BYTES });
    stream.on('error', (error) => plain.destroy(error)).pipe(plain);
    const reader = createByteReader(plain, (why, cause) => altered(file, why, cause));
    const { architecture, components } = parseIndex(await reader.line(), file);
    return {
      architecture,
      components,
      sha256,
      fill: (component, directory) => fillFrom(reader, component, directory, file),
      skip: async ({ files }) => {
        for (const { bytes } of files) await reader.take(bytes, async () => undefined);
      },
      close: async () => {
        stream.destroy();
        plain.destroy();
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function opened(file: string): Promise<FileHandle> {
  // a pipe would wait for a writer
  return open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw environmentError('TOOLCHAIN_FILE_MISSING', 'the file cannot be read', {
      where: file,
      hint: 'Give the file that `canaryproof toolchain export FILE` wrote.',
      cause,
    });
  });
}

/** Its programs will run, as root too: whoever can write to the file could put one there. */
async function requireOwn(handle: FileHandle, file: string): Promise<Stats> {
  const found = await handle.stat();
  const problem = found.isFile() ? writableByOthers(found) : 'it is no regular file';
  if (problem === undefined) return found;
  throw environmentError('TOOLCHAIN_FILE_NOT_TRUSTED', `programs of this file are not run: ${problem}`, {
    where: file,
    hint: 'Copy it to a folder of your own (chmod go-w), and compare its sha256 with the one that export printed.',
  });
}

/** @returns the hash of the whole file */
async function requireWhole(handle: FileHandle, size: number, file: string): Promise<string> {
  requireMagic(await textAt(handle, 0, START_BYTES), file);
  const end = Math.max(0, size - TRAILER_BYTES);
  const trailer = await textAt(handle, end, TRAILER_BYTES);
  if (!/^\nsha256 [0-9a-f]{64}\n$/.test(trailer))
    throw environmentError('TOOLCHAIN_FILE_CUT', 'the file was cut short: its checksum is missing', {
      where: file,
      hint: 'Copy it again from where it was exported. None of it was installed.',
    });
  const hash = createHash('sha256');
  const body = createReadStream('', {
    fd: handle,
    autoClose: false,
    start: 0,
    end: end - 1,
    highWaterMark: CHUNK_BYTES,
  });
  for await (const chunk of body) hash.update(chunk as Buffer);
  if (trailerOf(hash.copy().digest('hex')) !== trailer) throw altered(file, 'its checksum is another one');
  return hash.update(trailer).digest('hex');
}

async function textAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead).toString('latin1');
}

async function fillFrom(
  reader: ByteReader,
  component: BundledComponent,
  directory: string,
  where: string,
): Promise<Filled> {
  const hashes = new Map<string, string>();
  for (const { path: name, bytes, sha256, executable } of component.files) {
    const target = path.join(directory, name);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o755 });
    const hash = createHash('sha256');
    // 'wx': the folder is fresh, and a name that comes twice is none of ours
    const out = await open(target, 'wx', executable ? 0o755 : 0o644);
    try {
      await reader.take(bytes, async (chunk) => {
        hash.update(chunk);
        await out.writeFile(chunk);
      });
      await out.chmod(executable ? 0o755 : 0o644);
    } finally {
      await out.close();
    }
    if (hash.digest('hex') !== sha256) throw altered(where, `${component.component}: ${name} has another checksum`);
    hashes.set(name, sha256);
  }
  return { programs: component.programs, described: [...hashes.keys()], hashes };
}
