/**
 * Every unit of a repository, rendered. Applications come first, wherever their manifests stand or are rendered (app of
 * apps); then the kustomizations, charts and folders that no Application reads.
 */
import pLimit from 'p-limit';
import { asRecord, type Finding, type ManifestObject } from '../lint/manifest-set.ts';
import { unfoldSet } from './application-sets.ts';
import {
  isApplication,
  isApplicationSet,
  isRootFile,
  kustomizationFile,
  unitOfApplication,
} from './application-units.ts';
import { readKustomization } from './kustomization-files.ts';
import { candidateFiles, chartFolders, type NotJudged, whyNoManifest } from './manifest-files.ts';
import { createParsedFiles, type ParsedFiles } from './parsed-files.ts';
import { renderUnit } from './render-unit.ts';
import { baseNameOf, folderOf, isBelow, isToolFolder, joined } from './repository-path.ts';
import type { RepositoryTree } from './repository-tree.ts';
import { foldersOf, type RenderedUnit, type RenderPrograms, type RenderUnit } from './unit-model.ts';

export interface DiscoveredUnits {
  readonly units: readonly RenderedUnit[];
  /** Of ApplicationSets that make units. */
  readonly findings: readonly Finding[];
  readonly notJudged: readonly NotJudged[];
  readonly files: ParsedFiles;
}

/** Programs at a time: each is quick and takes one processor. */
const AT_ONCE = 4;
/** Applications that bring Applications that bring Applications. */
const DEEPEST = 6;

export async function discoverUnits(tree: RepositoryTree, programs: RenderPrograms): Promise<DiscoveredUnits> {
  const files = createParsedFiles(tree);
  const limit = pLimit(AT_ONCE);
  const render = (unit: RenderUnit, only?: readonly string[]) => limit(() => renderUnit(files, unit, programs, only));
  const sorted = await sortFiles(files);
  const units = new Map<string, RenderedUnit>();
  const findings: Finding[] = [];

  const follow = async (found: readonly ManifestObject[]): Promise<void> => {
    let next = found;
    for (let depth = 0; depth < DEEPEST && next.length > 0; depth += 1) {
      const made = await applicationsOf(files, next);
      findings.push(...made.findings);
      const rendered = await Promise.all(
        newUnits(
          made.applications.map((application) => unitOfApplication(tree, application)),
          [...units.values()].map(({ unit }) => unit),
        ).map((unit) => render(unit)),
      );
      for (const one of rendered) units.set(one.unit.name, one);
      next = rendered.flatMap(({ objects }) => objects).filter((one) => isApplication(one) || isApplicationSet(one));
    }
  };

  await follow(await applicationObjects(files, sorted.plain));
  const standing = await Promise.all(
    standingUnits(tree, sorted, [...units.values()]).map(({ unit, only }) => render(unit, only)),
  );
  await follow(
    standing
      .filter(({ unit }) => unit.kind !== 'folder')
      .flatMap(({ objects }) => objects)
      .filter((one) => isApplication(one) || isApplicationSet(one)),
  );
  const claimed = new Set([...units.values()].flatMap(({ unit }) => foldersOf(unit)));
  const left = standing.filter(({ unit }) => !foldersOf(unit).some((folder) => claimed.has(folder)));
  return { units: [...units.values(), ...left], findings: unique(findings), notJudged: sorted.notJudged, files };
}

interface SortedFiles {
  /** Files with objects that nothing renders or patches. */
  readonly plain: readonly string[];
  /** Folders of kustomizations that no other one reads. */
  readonly kustomizations: readonly string[];
  /** Folders of charts that can be installed. */
  readonly charts: readonly string[];
  readonly notJudged: readonly NotJudged[];
}

async function sortFiles(files: ParsedFiles): Promise<SortedFiles> {
  const { tree } = files;
  const notJudged: NotJudged[] = [];
  const roots = await kustomizationFolders(files);
  const trees = await Promise.all(
    roots.map(async (folder) => ({ folder, parts: await readKustomization(files, folder) })),
  );
  const read = new Set(trees.flatMap(({ parts }) => [...parts.files]));
  const below = new Set(trees.flatMap(({ folder, parts }) => [...parts.below].filter((one) => one !== folder)));
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
  for (const folder of chartFolders(tree.files)) {
    const chart = asRecord((await files.get(joined(folder, 'Chart.yaml')))?.documents[0]?.value);
    if (chart?.type !== 'library') charts.push(folder);
  }
  return { plain, kustomizations: roots.filter((folder) => !below.has(folder)), charts, notJudged };
}

/** Folders with a Kustomization of Kustomize (that of Flux has another group); components are only parts. */
async function kustomizationFolders(files: ParsedFiles): Promise<readonly string[]> {
  const named = files.tree.files.filter(
    (file) => isRootFile(file) && baseNameOf(file) !== 'Chart.yaml' && !isToolFolder(file),
  );
  const found: string[] = [];
  for (const file of named) {
    const value = asRecord((await files.get(file))?.documents[0]?.value) ?? {};
    const group = typeof value.apiVersion === 'string' ? value.apiVersion : 'kustomize.config.k8s.io/v1beta1';
    if (group.startsWith('kustomize.config.k8s.io/') && value.kind !== 'Component') found.push(folderOf(file));
  }
  return found.filter((folder) => kustomizationFile(files.tree, folder) !== undefined);
}

async function applicationObjects(files: ParsedFiles, plain: readonly string[]): Promise<readonly ManifestObject[]> {
  const parsed = await Promise.all(plain.map((file) => files.get(file)));
  return parsed.flatMap((file) => file?.objects ?? []).filter((one) => isApplication(one) || isApplicationSet(one));
}

async function applicationsOf(files: ParsedFiles, objects: readonly ManifestObject[]) {
  const sets = await Promise.all(objects.filter(isApplicationSet).map((set) => unfoldSet(files, set)));
  return {
    applications: [...objects.filter(isApplication), ...sets.flatMap(({ applications }) => applications)],
    findings: sets.flatMap(({ findings }) => findings),
  };
}

/** What no Application reads. */
function standingUnits(
  tree: RepositoryTree,
  { plain, kustomizations, charts }: SortedFiles,
  applications: readonly RenderedUnit[],
): readonly { readonly unit: RenderUnit; readonly only?: readonly string[] }[] {
  const claimed = new Set(applications.flatMap(({ unit }) => foldersOf(unit)));
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
    ...charts
      .filter((folder) => !claimed.has(folder))
      .map((folder) => ({
        unit: standing('chart', folder, {
          kind: 'helm',
          path: folder,
          releaseName: baseNameOf(folder) || 'release',
          valueFiles: [],
          ignoreMissingValueFiles: false,
          values: undefined,
          parameters: [],
          skipCrds: false,
          place: [],
        }),
      })),
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

function standing(kind: RenderUnit['kind'], folder: string, source: RenderUnit['sources'][number]): RenderUnit {
  return { name: `${kind} ${folder || '.'}`, kind, namespace: '', sources: [source], application: undefined };
}

/** The same Application may be found twice, as a file and rendered; twins of one name with other sources stay apart. */
function newUnits(found: readonly RenderUnit[], known: readonly RenderUnit[]): readonly RenderUnit[] {
  const fresh: RenderUnit[] = [];
  const identity = (unit: RenderUnit) => JSON.stringify([unit.application?.name, unit.namespace, unit.sources]);
  for (const unit of found) {
    const before = [...known, ...fresh];
    if (before.some((other) => identity(other) === identity(unit))) continue;
    const isTaken = before.some(({ name }) => name === unit.name);
    fresh.push(isTaken ? { ...unit, name: `${unit.name} of ${unit.application?.path ?? unit.namespace}` } : unit);
  }
  return fresh;
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, where, sentence }) => {
    const key = `${code} ${where} ${sentence}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Whether a file is part of what was asked for; nothing asked for is everything. */
export function isAsked(file: string, asked: readonly string[]): boolean {
  return asked.length === 0 || asked.some((folder) => isBelow(folder, file));
}
