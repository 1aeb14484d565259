/** The files that a kustomization is made of, its patches, and what of it lies outside of the repository. */

import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { SourcePosition } from '../../documents/yaml-source.ts';
import { asList, asRecord, type TracedDocument } from '../../lint/manifest-set.ts';
import { kustomizationFile } from '../application-units.ts';
import { isOutside, isSpecial } from '../linked-files.ts';
import type { ParsedFiles } from '../parsed-files.ts';
import { joined, resolveInside } from '../repository-path.ts';
import { submoduleOf } from '../tree-note.ts';
import { inlineDocuments } from './inline-patch.ts';
import { isRolloutTransform } from './rollout-transform.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface KustomizationPatch {
  /** Documents of a merge patch, or one list of JSON patch operations. */
  readonly documents: readonly TracedDocument[];
  /** `patches[].target`; undefined when the patch names its object itself. */
  readonly target: Fields | undefined;
}

interface RemoteEntry {
  readonly entry: string;
  readonly position: SourcePosition;
  /** A path, and no address, that leaves the repository: whoever checks that out alone cannot have it. */
  readonly leadsOut?: true;
  /** It only adds objects to those that are here. */
  readonly adds?: true;
}

/** Entries of these lists bring objects, and change none of others. */
const ADDING = new Set(['resources', 'bases', 'crds', 'validators']);

export interface KustomizationTree {
  /** Every file that is read, kustomizations included. */
  readonly files: ReadonlySet<string>;
  /** Folders of the kustomizations below the first one. */
  readonly below: ReadonlySet<string>;
  /** What is named through a linked folder, and where it lies; relative to the root. */
  readonly links: ReadonlyMap<string, string>;
  /** Whether Git's own folder lies in that of a kustomization, whose generators may read whatever is in it. */
  readonly holdsGit: boolean;
  /** Outermost first. */
  readonly patches: readonly KustomizationPatch[];
  /** In the words of the kustomization that `position` names; of files of generators and patches the path that is meant. */
  readonly remote: readonly RemoteEntry[];
  /** The published configuration of Rollouts, by its address; ours takes its place. */
  readonly transforms: readonly { readonly entry: string; readonly position: SourcePosition }[];
  /** Pipes, sockets and devices that it reads, with who names them: Kustomize would wait for ever. */
  readonly special: readonly { readonly entry: string; readonly position: SourcePosition }[];
  /** `helmCharts` and the like, which need a network or a program that is off by default. */
  readonly charts: readonly SourcePosition[];
  /** Whether `namePrefix` or `nameSuffix` is set somewhere. */
  readonly isRenamed: boolean;
}

const REMOTE =
  /^(?:[a-z+]+:\/\/|git@|git::|(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)[/:])|[?&]ref=|\.git(?:$|\/\/|\?)/i;

export function isKustomizationFile(file: string): boolean {
  return /(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(file);
}

export async function readKustomization(files: ParsedFiles, folder: string): Promise<KustomizationTree> {
  const result = {
    files: new Set<string>(),
    below: new Set<string>(),
    links: new Map<string, string>(),
    holdsGit: false,
    patches: [] as KustomizationPatch[],
    remote: [] as RemoteEntry[],
    transforms: [] as { entry: string; position: SourcePosition }[],
    special: [] as { entry: string; position: SourcePosition }[],
    charts: [] as SourcePosition[],
    isRenamed: false,
  };
  const seen = new Set<string>();
  await visit(folder);
  return result;

  async function visit(current: string): Promise<void> {
    const file = kustomizationFile(files.tree, current);
    if (file === undefined || seen.has(file)) return;
    seen.add(file);
    result.files.add(file);
    result.holdsGit ||= await isThere(path.join(files.tree.root, current, '.git'));
    const document = (await files.get(file))?.documents[0];
    const value = asRecord(document?.value);
    if (!document || !value) return;
    if (value.namePrefix || value.nameSuffix) result.isRenamed = true;
    for (const key of ['helmCharts', 'helmChartInflationGenerator'])
      if (asList(value[key]).length > 0) result.charts.push(document.positionOf([key]));
    for (const patch of await patchesOf(files, current, document, value)) result.patches.push(patch);
    for (const named of filesNamed(value, current)) {
      await noteSpecial(named, document.positionOf([]));
      if (await isElsewhere(files.tree, named)) result.remote.push({ entry: named, position: document.positionOf([]) });
      else result.files.add(await followed(named));
    }
    for (const key of [
      'resources',
      'bases',
      'components',
      'generators',
      'transformers',
      'validators',
      'crds',
      'configurations',
    ])
      for (const [index, entry] of asList(value[key]).entries()) {
        if (typeof entry !== 'string') continue;
        const adds = ADDING.has(key) ? ({ adds: true } as const) : {};
        if (key === 'configurations' && isRolloutTransform(entry)) {
          result.transforms.push({ entry, position: document.positionOf([key, index]) });
          continue;
        }
        const inside = resolveInside(current, entry);
        if (inside !== undefined) await noteSpecial(inside, document.positionOf([key, index]));
        if (inside !== undefined && files.tree.has(inside)) result.files.add(inside);
        else if (inside !== undefined && kustomizationFile(files.tree, inside) !== undefined) {
          result.below.add(inside);
          await visit(inside);
        } else if (REMOTE.test(entry))
          result.remote.push({ entry, position: document.positionOf([key, index]), ...adds });
        else if (
          inside !== undefined &&
          submoduleOf(files.tree, inside) &&
          !(await isThere(path.join(files.tree.root, inside)))
        )
          result.remote.push({ entry, position: document.positionOf([key, index]), ...adds });
        else if (await isElsewhere(files.tree, inside)) {
          const leadsOut = inside === undefined ? ({ leadsOut: true } as const) : {};
          result.remote.push({ entry, position: document.positionOf([key, index]), ...adds, ...leadsOut });
        } else if (inside !== undefined) await visitLinked(await followed(inside));
      }
  }

  async function noteSpecial(inside: string, position: SourcePosition): Promise<void> {
    // of a folder its kustomization is opened, whether Git knows of it or not
    for (const name of ['', 'kustomization.yaml', 'kustomization.yml', 'Kustomization'])
      if (await isSpecial(path.join(files.tree.root, inside, name)))
        result.special.push({ entry: name === '' ? inside : joined(inside, name), position });
  }

  /** Kustomize goes on from where a linked folder lies, not from where it is named. */
  async function visitLinked(real: string): Promise<void> {
    if (files.tree.has(real)) result.files.add(real);
    else if (kustomizationFile(files.tree, real) !== undefined) {
      result.below.add(real);
      await visit(real);
    }
  }

  /** Where it lies in the repository; what is not there, as it is named. */
  async function followed(inside: string): Promise<string> {
    if (files.tree.has(inside)) return inside;
    const found = await realpath(path.join(files.tree.root, inside)).catch(() => undefined);
    if (found === undefined) return inside;
    const real = path.relative(files.tree.root, found).split(path.sep).join('/');
    if (real !== inside) result.links.set(inside, real);
    return real;
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Out of the repository, by its path or by a link, or in Git's own folder. Outside of Git nobody knows where it ends. */
async function isElsewhere({ root, isEdgeKnown }: ParsedFiles['tree'], inside: string | undefined): Promise<boolean> {
  if (inside === undefined) return isEdgeKnown;
  const real = await realpath(path.join(root, inside)).catch(() => undefined);
  return real !== undefined && isOutside(root, real);
}

/** Files of patches and generators; whether they exist is for Kustomize to say. */
function filesNamed(value: Fields, folder: string): readonly string[] {
  const generators = ['configMapGenerator', 'secretGenerator'].flatMap((key) =>
    asList(value[key]).flatMap((entry) => {
      const generator = asRecord(entry);
      return [...asList(generator?.files), ...asList(generator?.envs), generator?.env].map((name) =>
        typeof name === 'string' ? name.replace(/^[^=]*=/, '') : '',
      );
    }),
  );
  const patches = ['patches', 'patchesJson6902', 'replacements'].flatMap((key) =>
    asList(value[key]).map((entry) => asRecord(entry)?.path),
  );
  return [...generators, ...patches, ...asList(value.patchesStrategicMerge)].flatMap((name) => {
    const inside =
      typeof name === 'string' && name !== '' && !name.includes('\n') ? resolveInside(folder, name) : undefined;
    return inside === undefined ? [] : [inside];
  });
}

async function patchesOf(
  files: ParsedFiles,
  folder: string,
  document: TracedDocument,
  value: Fields,
): Promise<readonly KustomizationPatch[]> {
  const entries = [
    ...asList(value.patches).map((entry, index) => ({ entry: asRecord(entry), at: ['patches', index] })),
    ...asList(value.patchesJson6902).map((entry, index) => ({
      entry: asRecord(entry),
      at: ['patchesJson6902', index],
    })),
    ...asList(value.patchesStrategicMerge).map((entry, index) => ({
      entry: typeof entry === 'string' && entry.includes('\n') ? { patch: entry } : { path: entry },
      at: ['patchesStrategicMerge', index],
    })),
  ];
  const found = await Promise.all(
    entries.map(async ({ entry, at }): Promise<KustomizationPatch | undefined> => {
      const target = asRecord(asRecord(entry)?.target);
      const { path, patch } = (entry ?? {}) as { path?: unknown; patch?: unknown };
      if (typeof path === 'string') {
        const inside = resolveInside(folder, path);
        const parsed = inside === undefined ? undefined : await files.get(inside);
        return parsed && { documents: parsed.documents, target };
      }
      if (typeof patch !== 'string') return undefined;
      return { documents: inlineDocuments(patch, document, at), target };
    }),
  );
  return found.filter((patch) => patch !== undefined);
}
