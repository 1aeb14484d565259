/** From an Argo CD Application to what it renders: its sources as Argo CD 3 reads them. Pure but for the list of files. */

import { writeYaml } from '../documents/yaml/write-yaml.ts';
import type { ValuePath } from '../documents/yaml-source.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { isOwnRepository } from './own-repository.ts';
import { baseNameOf, joined, resolveInside } from './repository-path.ts';
import type { RepositoryTree } from './repository-tree.ts';
import { submoduleOf } from './tree-note.ts';
import type { HelmSource, RenderUnit, UnitSource, ValueFile } from './unit-model.ts';

type Fields = Readonly<Record<string, unknown>>;

interface PlacedSource {
  readonly source: Fields;
  readonly place: ValuePath;
}

const KUSTOMIZATION = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

export function kustomizationFile(tree: RepositoryTree, folder: string): string | undefined {
  return KUSTOMIZATION.map((name) => joined(folder, name)).find((file) => tree.has(file));
}

/** @param isWritten in a file, and not made by an ApplicationSet, which fills marks in itself as far as it can */
export function unitOfApplication(tree: RepositoryTree, application: ManifestObject, isWritten = false): RenderUnit {
  const spec = asRecord(application.value.spec);
  const placed = sourcesOf(spec);
  const refs = new Map(
    placed.flatMap(({ source }) => (typeof source.ref === 'string' ? [[source.ref, source] as const] : [])),
  );
  const sources = placed
    // a source that others only refer to renders nothing
    .filter(
      ({ source }) => !(typeof source.ref === 'string' && source.path === undefined && source.chart === undefined),
    )
    .map((one) =>
      isWritten && isUnfilled(application.name, one.source)
        ? {
            kind: 'not-judged' as const,
            why: 'holds marks of a template that something else fills in',
            place: one.place,
          }
        : sourceOf(tree, application, one, refs),
    );
  return {
    name: nameOf({ kind: 'Application', namespace: application.namespace || 'argocd', name: application.name }),
    kind: 'application',
    namespace: text(asRecord(spec?.destination)?.namespace) ?? '',
    sources,
    application,
  };
}

/** A scaffold, of which nobody applies the file itself; values may hold such marks for themselves. */
function isUnfilled(name: string, { path, helm }: Fields): boolean {
  const files = asList(asRecord(helm)?.valueFiles);
  return [name, path, ...files].some((one) => typeof one === 'string' && /\{\{|\$\{|<%/.test(one));
}

function sourcesOf(spec: Fields | undefined): readonly PlacedSource[] {
  const several = asList(spec?.sources).flatMap((entry, index): PlacedSource[] => {
    const source = asRecord(entry);
    return source ? [{ source, place: ['spec', 'sources', index] }] : [];
  });
  const single = asRecord(spec?.source);
  return several.length > 0 || !single ? several : [{ source: single, place: ['spec', 'source'] }];
}

function sourceOf(
  tree: RepositoryTree,
  application: ManifestObject,
  { source, place }: PlacedSource,
  refs: ReadonlyMap<string, Fields>,
): UnitSource {
  const repository = text(source.repoURL) ?? '';
  const notJudged = (why: string): UnitSource => ({ kind: 'not-judged', why, place });
  if (source.chart !== undefined)
    return notJudged(`renders chart ${String(source.chart)} of ${repository}, which is not here`);
  const folder = resolveInside('', text(source.path) ?? '.');
  if (folder === undefined) return notJudged(`reads ${String(source.path)}, which lies outside of the repository`);
  if (!isOwnRepository(tree, repository, folder)) return notJudged(`reads ${repository}, which is another repository`);
  if (source.plugin !== undefined) return notJudged('renders with a plugin of Argo CD, which is not here');
  const submodule = submoduleOf(tree, folder);
  if (submodule !== undefined)
    return notJudged(`reads ${folder}, which is in the submodule ${submodule}, another repository`);
  if (!tree.hasFolder(folder)) return notJudged(MISSING);
  const directory = asRecord(source.directory);
  if (source.helm !== undefined || (!directory && !source.kustomize && tree.has(joined(folder, 'Chart.yaml'))))
    return helmSource(tree, application, source, folder, place, refs);
  if (source.kustomize !== undefined || (!directory && kustomizationFile(tree, folder) !== undefined))
    return { kind: 'kustomize', path: folder, overlay: kustomizeOverlay(asRecord(source.kustomize)), place };
  return {
    kind: 'directory',
    path: folder,
    recurse: directory?.recurse === true,
    include: text(directory?.include) || undefined,
    exclude: text(directory?.exclude) || undefined,
    place,
  };
}

/** Why of a source whose folder should be here and is not. */
export const MISSING = 'reads a folder that the repository does not hold';

function helmSource(
  tree: RepositoryTree,
  application: ManifestObject,
  source: Fields,
  folder: string,
  place: ValuePath,
  refs: ReadonlyMap<string, Fields>,
): HelmSource {
  const helm = asRecord(source.helm) ?? {};
  const at = [...place, 'helm'];
  const substituted = (value: string) => withEnvironment(value, application);
  const valueFiles = asList(helm.valueFiles).flatMap((entry, index): ValueFile[] => {
    if (typeof entry !== 'string') return [];
    return [
      {
        written: entry,
        path: valueFilePath(tree, substituted(entry), folder, refs),
        place: [...at, 'valueFiles', index],
      },
    ];
  });
  const own = helm.valuesObject === undefined ? text(helm.values) : writeYaml(helm.valuesObject);
  return {
    kind: 'helm',
    path: folder,
    releaseName: text(helm.releaseName) || application.name,
    valueFiles,
    ignoreMissingValueFiles: helm.ignoreMissingValueFiles === true,
    values: own || undefined,
    parameters: asList(helm.parameters).flatMap((entry) => {
      const { name, value, forceString } = asRecord(entry) ?? {};
      if (typeof name !== 'string') return [];
      return [
        { name, value: substituted(value === undefined ? '' : String(value)), forceString: forceString === true },
      ];
    }),
    skipCrds: helm.skipCrds === true,
    place,
  };
}

/** `$ref/path` is relative to the repository of that source, `/path` to our root, anything else to the chart. */
function valueFilePath(
  tree: RepositoryTree,
  written: string,
  folder: string,
  refs: ReadonlyMap<string, Fields>,
): string | undefined {
  if (/^https?:\/\//.test(written)) return undefined;
  const [, ref, rest] = /^\$([^/]+)\/(.*)$/.exec(written) ?? [];
  if (ref === undefined) return resolveInside(folder, written);
  const named = refs.get(ref);
  if (!named || rest === undefined) return undefined;
  const inside = resolveInside('', rest);
  return inside !== undefined && isOwnRepository(tree, text(named.repoURL) ?? '', inside) ? inside : undefined;
}

/** Argo CD replaces these in parameters and names of value files ("Build Environment"). */
function withEnvironment(value: string, application: ManifestObject): string {
  const destination = asRecord(asRecord(application.value.spec)?.destination);
  const known: Readonly<Record<string, string>> = {
    ARGOCD_APP_NAME: application.name,
    ARGOCD_APP_NAMESPACE: text(destination?.namespace) ?? '',
    ARGOCD_APP_REVISION: 'HEAD',
  };
  return value.replace(/\$\{?(ARGOCD_APP_[A-Z_]+)\}?/g, (whole, name: string) => known[name] ?? whole);
}

/** What `spec.source.kustomize` says, as fields of a Kustomization. */
function kustomizeOverlay(kustomize: Fields | undefined): Fields {
  if (!kustomize) return {};
  const taken = ['namePrefix', 'nameSuffix', 'namespace', 'commonAnnotations', 'patches', 'replicas'] as const;
  const labels = asRecord(kustomize.commonLabels);
  return {
    ...Object.fromEntries(taken.filter((key) => kustomize[key] !== undefined).map((key) => [key, kustomize[key]])),
    ...(labels ? { labels: [{ pairs: labels, includeSelectors: kustomize.labelWithoutSelector !== true }] } : {}),
    ...(asList(kustomize.images).length > 0
      ? { images: asList(kustomize.images).map((image) => imageOf(String(image))) }
      : {}),
  };
}

/** `name=new:tag`, `name:tag`, `name@digest`. */
function imageOf(written: string): Fields {
  const [left = '', right] = written.split('=', 2) as [string, string | undefined];
  const target = right ?? left;
  const [withoutDigest = '', digest] = target.split('@', 2) as [string, string | undefined];
  const colon = withoutDigest.lastIndexOf(':');
  const hasTag = colon > withoutDigest.lastIndexOf('/');
  const newName = hasTag ? withoutDigest.slice(0, colon) : withoutDigest;
  return {
    name: right === undefined ? newName : left,
    ...(right === undefined ? {} : { newName }),
    ...(hasTag ? { newTag: withoutDigest.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

export function isApplication({ group, kind }: ManifestObject): boolean {
  return group === 'argoproj.io' && kind === 'Application';
}

export function isApplicationSet({ group, kind }: ManifestObject): boolean {
  return group === 'argoproj.io' && kind === 'ApplicationSet';
}

/** `Chart.yaml` and the names of a kustomization. */
export function isRootFile(file: string): boolean {
  return baseNameOf(file) === 'Chart.yaml' || KUSTOMIZATION.includes(baseNameOf(file));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
