/**
 * One layer of an image: a tar file and what is known of it. A layer is there when its record is: the tar gets its
 * name first, the record is written last, so that an interrupted build leaves nothing that looks finished.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';

const recordSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string(),
  /** Of the uncompressed tar: what engines call the diff id. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  contains: z.array(z.string()),
});

export interface Layer {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
  /** For people: packages, programs. */
  readonly contains: readonly string[];
  /** Absolute path of the tar. */
  readonly file: string;
}

/** The layer if it is there whole; a tar of another size than recorded counts as missing. */
export async function readLayer(directory: string, key: string): Promise<Layer | undefined> {
  const file = path.join(directory, `${key}.tar`);
  const [text, found] = await Promise.all([
    readFile(path.join(directory, `${key}.json`), 'utf8').catch(() => undefined),
    stat(file).catch(() => undefined),
  ]);
  if (text === undefined || found === undefined) return undefined;
  const record = recordSchema.safeParse(parseJson(text)).data;
  if (record === undefined || record.bytes !== found.size || record.key !== key) return undefined;
  return { key, sha256: record.sha256, bytes: record.bytes, contains: record.contains, file };
}

/** Describes the tar that lies there under its final name. */
export async function recordLayer(directory: string, key: string, contains: readonly string[]): Promise<Layer> {
  const file = path.join(directory, `${key}.tar`);
  const { size } = await stat(file);
  const layer = { key, sha256: await sha256OfFile(file), bytes: size, contains };
  await writeFileAtomic(path.join(directory, `${key}.json`), `${JSON.stringify({ schema: 1, ...layer }, null, 1)}\n`);
  return { ...layer, file };
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the answer to a damaged record is to make the layer again
  }
}
