/**
 * A chart with the charts beside it that it depends on. Argo CD builds them before it renders; here the chart is put together
 * in a folder of our own, so that nothing of the repository is written. What is copied is decided before anything is, from
 * names that strangers write: no place outside of that folder, no file from outside of the repository, no circle, no end of it.
 */
import { copyFile, mkdir, realpath, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { isOutside, isSpecial, linkOutOf } from '../linked-files.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { filesBelow, isBelow, joined } from '../repository-path.ts';
import { leaveOut } from './chart-dependencies.ts';
import { type ChartRefusal, localDependencies, refusedDependencies } from './local-dependencies.ts';

export interface AssembledChart {
  /** Absolute. */
  readonly folder: string;
  /** Where a file of it lies in the repository, by its path in the chart. */
  placeOf(inChart: string): string;
  /** Folders of the repository that it is made of. */
  readonly parts: readonly string[];
  /** Where there are some, the chart is not whole and must not be rendered. */
  readonly refusals: readonly ChartRefusal[];
}

export interface CopyLimits {
  readonly files: number;
  readonly bytes: number;
}

/** Charts that depend on charts that depend on charts. */
const DEEPEST = 4;
/** Far above any chart that people write; charts that depend on many others, each on all of them, come to more. */
const LIMITS: CopyLimits = { files: 10_000, bytes: 256 * 1024 * 1024 };

interface Copy {
  /** Relative to the root of the repository. */
  readonly file: string;
  /** Relative to the folder of ours. */
  readonly inChart: string;
}

/**
 * @param own a folder of ours, which a chart with local dependencies is copied to; one that is the whole repository and
 *   has none is linked there, file by file
 * @param without names of dependencies that nobody has here: the chart is put together as if it declared none of them
 */
export async function assembleChart(
  files: ParsedFiles,
  chart: string,
  own: string,
  limits: CopyLimits = LIMITS,
  without: ReadonlySet<string> = new Set(),
): Promise<AssembledChart> {
  const { root } = files.tree;
  const refusals = [...(await refusedDependencies(files, chart))];
  // a chart that is the whole repository would bring Git's own folder with it, whose settings may hold a token
  const isWhole = chart === '' && files.tree.isGit;
  const isAlone = (await localDependencies(files, chart)).length === 0;
  if (refusals.length > 0 || (!isWhole && isAlone && without.size === 0)) {
    // Helm reads what a link leads to, and a template may show it
    const link = await linkOutOf(root, chart);
    if (link !== undefined) refuse(`${link} is a link out of the repository`);
    return { folder: path.join(root, chart), placeOf: (inChart) => joined(chart, inChart), parts: [chart], refusals };
  }
  const target = path.join(own, 'chart');
  const origins = new Map<string, string>();
  const filesOf = remembering((folder) => filesBelow(files.tree.files, folder));
  const dependenciesOf = remembering((folder) => localDependencies(files, folder));
  const copies: Copy[] = [];
  await plan(chart, '', []);
  // what a repository holds once is no more than it holds
  if (!isAlone && copies.length > limits.files)
    refuse(`it is made of more than ${limits.files} files with the charts beside it`);
  if (refusals.length === 0) await copyAll();
  if (refusals.length === 0 && without.size > 0) await leaveOut(target, without);
  return {
    folder: target,
    parts: [...new Set(origins.values())],
    refusals,
    placeOf(inChart) {
      const [prefix, origin] = [...origins]
        .filter(([one]) => isBelow(one, inChart))
        .reduce((longest, one) => (one[0].length > longest[0].length ? one : longest), ['', chart]);
      return joined(origin, prefix === '' ? inChart : inChart.slice(prefix.length + 1));
    },
  };

  function refuse(why: string): void {
    refusals.push({ why, where: `${joined(chart, 'Chart.yaml')}:1:1` });
  }

  /** @param chain folders that led here */
  async function plan(folder: string, inChart: string, chain: readonly string[]): Promise<void> {
    origins.set(inChart, folder);
    for (const file of filesOf(folder))
      copies.push({ file, inChart: joined(inChart, folder === '' ? file : file.slice(folder.length + 1)) });
    if (chain.length >= DEEPEST) return;
    refusals.push(...(chain.length === 0 ? [] : await refusedDependencies(files, folder)));
    const entered = [...chain, folder];
    for (const { name, folder: below } of await dependenciesOf(folder))
      if (!entered.includes(below) && copies.length <= limits.files && refusals.length === 0)
        await plan(below, joined(inChart, `charts/${name}`), entered);
  }

  async function copyAll(): Promise<void> {
    let bytes = 0;
    for (const { file, inChart } of copies) {
      const to = path.join(target, inChart);
      const from = await realpath(path.join(root, file)).catch(missing);
      // deleted in the working tree: not there
      if (from === undefined) continue;
      // a folder may have become a link since Git wrote its files down, and not every new file is asked whether it is one
      if (isOutside(root, from)) return refuse(`${file} lies outside of the repository`);
      if (await isSpecial(from)) return refuse(`${file} is a pipe, socket or device`);
      if (!isInside(target, to)) return refuse(`${file} would be copied out of the chart`);
      if (!isAlone) bytes += (await stat(from)).size;
      if (bytes > limits.bytes) return refuse(`it has more than ${limits.bytes} bytes with the charts beside it`);
      try {
        await mkdir(path.dirname(to), { recursive: true });
        // Helm follows a link to a file
        await (isAlone ? symlink(from, to) : copyFile(from, to));
      } catch (error) {
        return refuse(`${file} cannot be copied (${codeOf(error)})`);
      }
    }
  }
}

/** Charts that many others depend on are asked for once for each of them. */
function remembering<T>(find: (folder: string) => T): (folder: string) => T {
  const known = new Map<string, T>();
  return (folder) => {
    const found = known.get(folder) ?? find(folder);
    known.set(folder, found);
    return found;
  };
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function missing(): undefined {}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
