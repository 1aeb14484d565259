/**
 * Dependencies of a chart that lie beside it (`repository: file://../svc`). Argo CD builds them before it renders; here the
 * chart is put together in a folder of our own, so that nothing of the repository is written.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { asList, asRecord } from '../../lint/manifest-set.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { isBelow, joined, resolveInside } from '../repository-path.ts';

interface LocalDependency {
  readonly name: string;
  readonly folder: string;
}

/** Charts that depend on charts that depend on charts. */
const DEEPEST = 4;

/** Those that are not in `charts/` already. */
export async function localDependencies(files: ParsedFiles, chart: string): Promise<readonly LocalDependency[]> {
  const { tree } = files;
  const document = (await files.get(joined(chart, 'Chart.yaml')))?.documents[0];
  return asList(asRecord(document?.value)?.dependencies).flatMap((entry): LocalDependency[] => {
    const { name, repository } = asRecord(entry) ?? {};
    if (typeof name !== 'string' || typeof repository !== 'string' || !repository.startsWith('file://')) return [];
    const folder = resolveInside(chart, repository.slice('file://'.length));
    const isVendored = tree.files.some((file) => file.startsWith(`${joined(chart, 'charts')}/${name}`));
    return folder !== undefined && !isVendored && tree.has(joined(folder, 'Chart.yaml')) ? [{ name, folder }] : [];
  });
}

export interface AssembledChart {
  /** Absolute. */
  readonly folder: string;
  /** Where a file of it lies in the repository, by its path in the chart. */
  placeOf(inChart: string): string;
  /** Folders of the repository that it is made of. */
  readonly parts: readonly string[];
}

/** @param own a folder of ours, which a chart with local dependencies is copied to */
export async function assembleChart(files: ParsedFiles, chart: string, own: string): Promise<AssembledChart> {
  const { root } = files.tree;
  if ((await localDependencies(files, chart)).length === 0)
    return { folder: path.join(root, chart), placeOf: (inChart) => joined(chart, inChart), parts: [chart] };
  const target = path.join(own, 'chart');
  const origins = new Map<string, string>();
  await copyChart(chart, '', 0);
  return {
    folder: target,
    parts: [...new Set(origins.values())],
    placeOf(inChart) {
      const [prefix, origin] = [...origins]
        .filter(([one]) => isBelow(one, inChart))
        .reduce((longest, one) => (one[0].length > longest[0].length ? one : longest), ['', chart]);
      return joined(origin, prefix === '' ? inChart : inChart.slice(prefix.length + 1));
    },
  };

  async function copyChart(folder: string, inChart: string, depth: number): Promise<void> {
    origins.set(inChart, folder);
    for (const file of files.tree.files.filter((one) => isBelow(folder, one))) {
      const to = path.join(target, inChart, folder === '' ? file : file.slice(folder.length + 1));
      await mkdir(path.dirname(to), { recursive: true });
      await copyFile(path.join(root, file), to);
    }
    if (depth < DEEPEST)
      for (const { name, folder: below } of await localDependencies(files, folder))
        await copyChart(below, joined(inChart, `charts/${name}`), depth + 1);
  }
}
