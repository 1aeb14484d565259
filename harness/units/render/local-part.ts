/** What a kustomization reads of its own repository, as files of ours: without what lies elsewhere or wants another program. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { asRecord } from '../../lint/manifest-set.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { isKustomizationFile, type KustomizationTree } from './kustomization-files.ts';

const CHARTS = ['helmCharts', 'helmGlobals', 'helmChartInflationGenerator'];

/** @param to an empty folder; files lie in it as they do in the repository */
export async function copyLocalPart(files: ParsedFiles, parts: KustomizationTree, to: string): Promise<void> {
  const elsewhere = new Set(parts.remote.map(({ entry }) => entry));
  for (const file of parts.files) {
    if (elsewhere.has(file)) continue;
    const text = await files.tree.read(file);
    // whether that matters is for Kustomize to say
    if (text === undefined) continue;
    const target = path.join(to, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, isKustomizationFile(file) ? await withoutElsewhere(files, file, text, elsewhere) : text);
  }
}

async function withoutElsewhere(
  files: ParsedFiles,
  file: string,
  text: string,
  elsewhere: ReadonlySet<string>,
): Promise<string> {
  const value = asRecord((await files.get(file))?.documents[0]?.value);
  if (!value) return text;
  const kept = Object.entries(value).flatMap(([key, entry]) => {
    if (CHARTS.includes(key)) return [];
    return [
      [key, Array.isArray(entry) ? entry.filter((one) => typeof one !== 'string' || !elsewhere.has(one)) : entry],
    ];
  });
  return stringify(Object.fromEntries(kept));
}
