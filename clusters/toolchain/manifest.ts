/**
 * manifest.json of an installed component: which files it has and their hashes. Checking it on use is cheap (size and
 * modification time); a file whose time changed is hashed again, so a mere `touch` or a restored backup is no damage.
 * Whether the manifest itself is the installed one, and what was hashed in this boot, is recorded apart (trust.ts).
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { pathWritableByOthers } from '../../harness/process/private-folder.ts';
import { isRewritten } from './trust.ts';

const fileSchema = z.strictObject({
  bytes: z.number().int().nonnegative(),
  modifiedMs: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifestSchema = z.strictObject({
  schema: z.literal(1),
  component: z.string(),
  version: z.string(),
  origin: z.string(),
  recipeHash: z.string().regex(/^[0-9a-f]{64}$/),
  builtAt: z.string(),
  buildSeconds: z.number(),
  /** `file` is relative to the component's directory; `version` is what the program said when it was installed. */
  programs: z.array(z.strictObject({ name: z.string(), file: z.string(), version: z.string(), origin: z.string() })),
  files: z.record(z.string(), fileSchema),
});

export type ComponentManifest = z.infer<typeof manifestSchema>;
type ManifestFile = z.infer<typeof fileSchema>;

const MANIFEST = 'manifest.json';
/** At a time: a tree of npm packages has thousands of small files, and each alone waits most of its time. */
const LOOKS = 16;

/** @returns the text that was written */
export async function writeManifest(directory: string, manifest: ComponentManifest): Promise<string> {
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  await writeFileAtomic(path.join(directory, MANIFEST), text);
  return text;
}

/**
 * Hashes of all files under the given relative paths (files or directories), keyed by relative path, sorted.
 * @param hashed those that were hashed as they were written; the others are read
 */
export async function describeFiles(
  directory: string,
  relativePaths: readonly string[],
  hashed: ReadonlyMap<string, string> = new Map(),
) {
  const found = (await Promise.all(relativePaths.map((relative) => listFiles(directory, relative)))).flat().sort();
  const files: Record<string, ManifestFile> = {};
  for (const relative of found) {
    const file = path.join(directory, relative);
    const { size, mtimeMs } = await stat(file);
    files[relative] = { bytes: size, modifiedMs: mtimeMs, sha256: hashed.get(relative) ?? (await sha256OfFile(file)) };
  }
  return files;
}

export type Inspection =
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly reason: string }
  /** Somebody else can have written it: building again would not help. */
  | { readonly state: 'untrusted'; readonly reason: string }
  | { readonly state: 'intact'; readonly manifest: ComponentManifest };

/** Reads the manifest and compares the files with it; `thorough` hashes every file. */
export async function inspectComponent(
  directory: string,
  recipeHash: string,
  { thorough }: { readonly thorough: boolean },
): Promise<Inspection> {
  let text: string;
  try {
    text = await readFile(path.join(directory, MANIFEST), 'utf8');
  } catch (error) {
    const exists = await stat(directory).then(
      () => true,
      () => false,
    );
    return exists
      ? { state: 'damaged', reason: `its manifest cannot be read (${codeOf(error)})` }
      : { state: 'missing' };
  }
  const folders = await writableFolder(directory, ['.']);
  if (folders !== undefined) return { state: 'untrusted', reason: folders };
  if (await isRewritten(directory, text))
    return { state: 'damaged', reason: 'its manifest is not the one that was installed' };
  const manifest = parseManifest(text);
  if (manifest === undefined) return { state: 'damaged', reason: 'its manifest is not valid' };
  if (manifest.recipeHash !== recipeHash) return { state: 'damaged', reason: 'its manifest is of another recipe' };
  const parents = new Set(Object.keys(manifest.files).flatMap(parentsOf));
  const problem = await writableFolder(directory, [MANIFEST, ...parents, ...Object.keys(manifest.files)]);
  if (problem !== undefined) return { state: 'untrusted', reason: problem };
  const some = pLimit(LOOKS);
  const compared = Object.entries(manifest.files).map(([relative, expected]) =>
    some(async () => {
      const reason = await compareFile(path.join(directory, relative), expected, thorough);
      return reason === undefined ? undefined : `${relative} ${reason}`;
    }),
  );
  const reason = (await Promise.all(compared)).find((one) => one !== undefined);
  return reason === undefined ? { state: 'intact', manifest } : { state: 'damaged', reason };
}

function parseManifest(text: string): ComponentManifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // whatever is wrong with it, the answer is to build again
  }
}

async function compareFile(file: string, expected: ManifestFile, thorough: boolean): Promise<string | undefined> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return 'is missing';
  if (!found.isFile()) return 'is no regular file';
  if (found.size !== expected.bytes) return `has ${found.size} bytes instead of ${expected.bytes}`;
  if (!thorough && found.mtimeMs === expected.modifiedMs) return undefined;
  return (await sha256OfFile(file)) === expected.sha256 ? undefined : 'has other content than was installed';
}

/** `a/b/c` -> `a`, `a/b`. */
function parentsOf(relative: string): string[] {
  const parts = relative.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

/** What of it somebody else can have written, in words. */
async function writableFolder(directory: string, relatives: readonly string[]): Promise<string | undefined> {
  const some = pLimit(LOOKS);
  const looked = relatives.map((relative) =>
    some(async () => {
      const problem = await pathWritableByOthers(path.join(directory, relative));
      return problem === undefined ? undefined : `${relative === '.' ? 'its folder' : relative}: ${problem}`;
    }),
  );
  return (await Promise.all(looked)).find((one) => one !== undefined);
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function listFiles(directory: string, relative: string): Promise<string[]> {
  const absolute = path.join(directory, relative);
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [relative];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
