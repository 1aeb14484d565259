/** What a kustomization reads of its own repository, as files of ours: without what lies elsewhere or wants another program. */
import { copyFile, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeYaml } from '../../documents/yaml/write-yaml.ts';
import { asList, asRecord } from '../../lint/manifest-set.ts';
import { isOutside, isSpecial } from '../linked-files.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { isKustomizationFile, type KustomizationTree } from './kustomization-files.ts';
import { ROLLOUT_TRANSFORM, rolloutTransform } from './rollout-transform.ts';

const CHARTS = ['helmCharts', 'helmGlobals', 'helmChartInflationGenerator'];

/** @param to an empty folder; files lie in it as they do in the repository */
export async function copyLocalPart(files: ParsedFiles, parts: KustomizationTree, to: string): Promise<void> {
  const elsewhere = new Set(
    [...parts.remote, ...parts.transforms].map(({ entry, position }) => keyOf(position.path, entry)),
  );
  const transformed = new Set(parts.transforms.map(({ position }) => position.path));
  for (const file of parts.files) {
    const text = await files.tree.read(file);
    // whether that matters is for Kustomize to say
    if (text === undefined) continue;
    const target = path.join(to, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(
      target,
      isKustomizationFile(file) ? await withoutElsewhere(files, file, text, elsewhere, transformed.has(file)) : text,
    );
    if (transformed.has(file)) await writeFile(path.join(path.dirname(target), ROLLOUT_TRANSFORM), rolloutTransform());
  }
  await linkAgain(parts, to);
}

/**
 * The whole repository but for Git's own folder, whose settings may hold a token: a generator may name it in a file of
 * its own, where nobody looks for it.
 * @param to as copyLocalPart
 */
export async function copyWithoutGit({ tree }: ParsedFiles, parts: KustomizationTree, to: string): Promise<void> {
  for (const file of tree.files) {
    const from = await realpath(path.join(tree.root, file)).catch(() => undefined);
    // deleted in the working tree, or a link that was made meanwhile
    if (from === undefined || isOutside(tree.root, from) || (await isSpecial(from))) continue;
    const target = path.join(to, file);
    await mkdir(path.dirname(target), { recursive: true });
    // what may not be read is not there, and whether that matters is for Kustomize to say
    await copyFile(from, target).catch(() => undefined);
  }
  await linkAgain(parts, to);
}

/** Folders before what is named through them, which is there by then. */
async function linkAgain({ links }: KustomizationTree, to: string): Promise<void> {
  for (const [named, real] of [...links].toSorted(([a], [b]) => a.length - b.length)) {
    const link = path.join(to, named);
    try {
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(path.relative(path.dirname(link), path.join(to, real)), link);
    } catch {
      // there already, or it leads to what was not copied: what is missing is for Kustomize to say
    }
  }
}

function keyOf(file: string, entry: string): string {
  return `${file}\n${entry}`;
}

async function withoutElsewhere(
  files: ParsedFiles,
  file: string,
  text: string,
  elsewhere: ReadonlySet<string>,
  isTransformed: boolean,
): Promise<string> {
  const value = asRecord((await files.get(file))?.documents[0]?.value);
  if (!value) return text;
  const isHere = (one: unknown) => typeof one !== 'string' || !elsewhere.has(keyOf(file, one));
  const kept = Object.entries(value).flatMap(([key, entry]) =>
    CHARTS.includes(key) ? [] : [[key, Array.isArray(entry) ? entry.filter(isHere) : entry]],
  );
  const result: Record<string, unknown> = Object.fromEntries(kept);
  if (isTransformed) result.configurations = [...asList(result.configurations), ROLLOUT_TRANSFORM];
  return writeYaml(result);
}
