/**
 * What the cache of built programs is believed for, beside the manifests themselves: which manifest was installed, and
 * which files were hashed since the machine started. One file per component, in a folder apart from the components.
 */
import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { pathWritableByOthers } from '../../harness/process/private-folder.ts';

const recordSchema = z.strictObject({
  schema: z.literal(1),
  manifestSha256: z.string().regex(/^[0-9a-f]{64}$/),
  verified: z
    .strictObject({
      bootId: z.string(),
      /** Inode and time of the last change of any kind (ctime), which no program can set back. */
      files: z.record(z.string(), z.string()),
    })
    .optional(),
});
type TrustRecord = z.infer<typeof recordSchema>;

const trustFile = (directory: string): string =>
  path.join(path.dirname(path.dirname(directory)), 'trust', `${path.basename(directory)}.json`);

const manifestHash = (text: string): string => createHash('sha256').update(text).digest('hex');

async function readRecord(directory: string): Promise<TrustRecord | undefined> {
  const text = await readFile(trustFile(directory), 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function writeRecord(directory: string, record: Omit<TrustRecord, 'schema'>): Promise<void> {
  await writeFileAtomic(trustFile(directory), `${JSON.stringify({ schema: 1, ...record })}\n`, 0o600);
}

/** By whoever installs a component, when it is in its place. */
export async function recordInstalled(directory: string, manifestText: string): Promise<void> {
  await writeRecord(directory, { manifestSha256: manifestHash(manifestText) });
}

/** Whether the manifest is another one than was installed; one that was never recorded (a restored cache) is not. */
export async function isRewritten(directory: string, manifestText: string): Promise<boolean> {
  const record = await readRecord(directory);
  return record !== undefined && record.manifestSha256 !== manifestHash(manifestText);
}

/** Whether every file is the one that was hashed in this boot. */
export async function isVerified(directory: string, boot: string): Promise<boolean> {
  const record = await readRecord(directory);
  if (record?.verified === undefined || boot === '' || record.verified.bootId !== boot) return false;
  const same = Object.entries(record.verified.files).map(
    async ([relative, mark]) => (await changeMark(directory, relative)) === mark,
  );
  return (await Promise.all(same)).every(Boolean);
}

/** After every file was hashed; a cache that may not be written is hashed each time. */
export async function recordVerified(directory: string, boot: string, relatives: readonly string[]): Promise<void> {
  const manifest = await readFile(path.join(directory, 'manifest.json'), 'utf8');
  const files: Record<string, string> = {};
  for (const relative of relatives) files[relative] = (await changeMark(directory, relative)) ?? '';
  const record = { manifestSha256: manifestHash(manifest), verified: { bootId: boot, files } };
  await writeRecord(directory, record).catch(() => undefined);
}

async function changeMark(directory: string, relative: string): Promise<string | undefined> {
  const found = await lstat(path.join(directory, relative), { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.ino} ${found.ctimeNs}`;
}

/**
 * Programs of the cache are executed, by root as well: nobody else may be able to put one there.
 * @throws HarnessError CACHE_NOT_TRUSTED for a folder that somebody else owns or may write to
 */
export async function requireTrustedFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const problem = await pathWritableByOthers(folder);
    if (problem !== undefined) throw notTrusted(folder, problem);
  }
}

export function notTrusted(where: string, problem: string): Error {
  return environmentError('CACHE_NOT_TRUSTED', `programs of this cache are not run: ${problem}`, {
    where,
    hint: 'Make it writable for its owner alone (chmod go-w), remove it, or set CANARYPROOF_CACHE to a folder of your own.',
  });
}
