/** The kustomizations, charts and folders of a repository, and which of them no Application reads. */
import { asRecord } from '../lint/manifest-set.ts';
import { isApplication, isApplicationSet, isRootFile, kustomizationFile } from './application-units.ts';
import { candidateFiles, chartFolders, type NotJudged, valueFilesOf, whyNoManifest } from './manifest-files.ts';
import type { ParsedFiles } from './parsed-files.ts';
import { readKustomization } from './render/kustomization-files.ts';
import { localDependencies } from './render/local-dependencies.ts';
import { baseNameOf, folderOf, isToolFolder, joined } from './repository-path.ts';
import type { RepositoryTree } from './repository-tree.ts';
import { claimedFolders, type HelmSource, type RenderedUnit, type RenderUnit } from './unit-model.ts';

export interface SortedFiles {
  /** Files with objects that nothing renders or patches. */
  readonly plain: readonly string[];
  /** Folders of kustomizations that no other one reads. */
  readonly kustomizations: readonly string[];
  /** Charts that can be installed, and are no part of another one. */
  readonly charts: readonly StandingChart[];
  readonly notJudged: readonly NotJudged[];
}

interface StandingChart {
  readonly folder: string;
  /** That somebody would give it. */
  readonly valueFiles: readonly string[];
}

export async function sortFiles(files: ParsedFiles): Promise<SortedFiles> {
  const { tree } = files;
  const notJudged: NotJudged[] = [];
  const roots = await kustomizationFolders(files);
  const trees = await Promise.all(
    roots.map(async (folder) => ({ folder, parts: await readKustomization(files, folder) })),
  );
  const read = new Set(trees.flatMap(({ parts }) => [...parts.files]));
  const rootSet = new Set(roots);
  const plain: string[] = [];
  for (const parsed of await candidateFiles(files)) {
    const file = parsed.path;
    if (isRootFile(file) || read.has(file)) continue;
    const why = whyNoManifest(parsed);
    if (why !== undefined) notJudged.push({ path: file, why });
    else if (rootSet.has(folderOf(file)) && !parsed.objects.some((one) => isApplication(one) || isApplicationSet(one)))
      notJudged.push({ path: file, why: 'lies beside a kustomization that does not read it' });
    else if (parsed.objects.length > 0 || parsed.syntaxFindings.length > 0) plain.push(file);
  }
  const charts: string[] = [];
  const parts = new Set<string>();
  for (const folder of chartFolders(tree.files)) {
    const parsed = await files.get(joined(folder, 'Chart.yaml'));
    if (parsed === undefined) continue;
    const chart = asRecord(parsed.documents[0]?.value);
    if (chart?.type !== 'library') charts.push(folder);
    for (const part of await localDependencies(files, folder)) parts.add(part.folder);
  }
  const whole = charts.filter((folder) => !parts.has(folder));
  return {
    plain,
    kustomizations: outermost(trees),
    charts: await Promise.all(
      whole.map(async (folder) => ({ folder, valueFiles: await valueFilesOf(files, folder, whole) })),
    ),
    notJudged,
  };
}

/** Those that no other one reads; of a circle, which Kustomize refuses, the first. */
function outermost(
  trees: readonly { readonly folder: string; readonly parts: { readonly below: ReadonlySet<string> } }[],
): readonly string[] {
  const belowOthers = new Set(trees.flatMap(({ folder, parts }) => [...parts.below].filter((one) => one !== folder)));
  const found = trees.filter(({ folder }) => !belowOthers.has(folder));
  const reached = new Set(found.flatMap(({ folder, parts }) => [folder, ...parts.below]));
  for (const tree of trees) {
    if (reached.has(tree.folder)) continue;
    found.push(tree);
    for (const folder of [tree.folder, ...tree.parts.below]) reached.add(folder);
  }
  return found.map(({ folder }) => folder);
}

/** Folders with a Kustomization of Kustomize (that of Flux has another group); components are only parts. */
async function kustomizationFolders(files: ParsedFiles): Promise<readonly string[]> {
  const named = files.tree.files.filter(
    (file) => isRootFile(file) && baseNameOf(file) !== 'Chart.yaml' && !isToolFolder(file),
  );
  const found: string[] = [];
  for (const file of named) {
    const parsed = await files.get(file);
    // one that nobody can read, or that was deleted, says nothing; the tree says why
    if (parsed === undefined) continue;
    const value = asRecord(parsed.documents[0]?.value) ?? {};
    const group = typeof value.apiVersion === 'string' ? value.apiVersion : 'kustomize.config.k8s.io/v1beta1';
    if (group.startsWith('kustomize.config.k8s.io/') && value.kind !== 'Component') found.push(folderOf(file));
  }
  return found.filter((folder) => kustomizationFile(files.tree, folder) !== undefined);
}

/** What no Application reads. */
export function standingUnits(
  tree: RepositoryTree,
  { plain, kustomizations, charts }: SortedFiles,
  applications: readonly RenderedUnit[],
): readonly { readonly unit: RenderUnit; readonly only?: readonly string[] }[] {
  const claimed = claimedFolders(applications);
  const read = new Set(applications.flatMap(({ files }) => [...files]));
  const kustomized = kustomizations.filter(
    (folder) => !claimed.has(folder) && !read.has(kustomizationFile(tree, folder)!),
  );
  const folders = Map.groupBy(
    plain.filter((file) => !read.has(file)),
    folderOf,
  );
  return [
    ...kustomized.map((folder) => ({
      unit: standing('kustomization', folder, { kind: 'kustomize', path: folder, overlay: {}, place: [] }),
    })),
    ...charts.filter(({ folder }) => !claimed.has(folder)).flatMap(chartUnits),
    ...[...folders].map(([folder, only]) => ({
      unit: standing('folder', folder, {
        kind: 'directory',
        path: folder,
        recurse: false,
        include: undefined,
        exclude: undefined,
        place: [],
      }),
      only,
    })),
  ];
}

/** With its own values, and once with each file beside them that somebody would give. */
function chartUnits({ folder, valueFiles }: StandingChart): readonly { readonly unit: RenderUnit }[] {
  const source = (files: readonly string[]): HelmSource => ({
    kind: 'helm',
    path: folder,
    releaseName: baseNameOf(folder) || 'release',
    valueFiles: files.map((path) => ({ written: path, path, place: [] })),
    ignoreMissingValueFiles: false,
    values: undefined,
    parameters: [],
    skipCrds: false,
    place: [],
  });
  const plain = standing('chart', folder, source([]));
  const given = valueFiles.map((file) => {
    const unit = standing('chart', folder, source([file]));
    const isInside = folder !== '' && file.startsWith(`${folder}/`);
    return { unit: { ...unit, name: `${unit.name} with ${isInside ? file.slice(folder.length + 1) : file}` } };
  });
  return [{ unit: plain }, ...given];
}

function standing(kind: RenderUnit['kind'], folder: string, source: RenderUnit['sources'][number]): RenderUnit {
  return { name: `${kind} ${folder || '.'}`, kind, namespace: '', sources: [source], application: undefined };
}
