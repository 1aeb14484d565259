/**
 * The pitfall "Synced does not mean applied": an Argo CD Application with a directory source reads only the files
 * directly in its path unless `directory.recurse` is on, and says nothing about the rest.
 *
 * The rules of what Argo CD reads follow reposerver/repository/repository.go of Argo CD 3.5 (getPotentiallyValidManifests).
 */
import { formatPosition, type ValuePath } from '../../documents/yaml-source.ts';
import { matchesGlob } from '../../pattern/glob.ts';
import {
  asList,
  asRecord,
  type Finding,
  type ManifestFile,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { groupedBy, oncePerList } from '../once-per-list.ts';

const ARGO_GROUP = 'argoproj.io';
const READ_BY_ARGO = /\.(ya?ml|json|jsonnet)$/;
const SKIP_MARKER = '+argocd:skip-file-rendering';
const OTHER_TOOLS = /^(Chart\.yaml|kustomization\.ya?ml|Kustomization)$/;

/** APPLICATION_RECURSE_OFF: names the files that would be ignored. */
export function recurseFindings(set: ManifestSet): readonly Finding[] {
  return applications(set).flatMap((application) =>
    sourcesOf(application).flatMap(({ source, path }): Finding[] => {
      const ignored = ignoredFiles(set, application, source);
      if (ignored.length === 0) return [];
      const directory = asRecord(source.directory);
      return [
        {
          code: 'APPLICATION_RECURSE_OFF',
          layer: 'manifest',
          severity: 'error',
          sentence: `${nameOf(application)} silently ignores ${ignored.length} file${ignored.length === 1 ? '' : 's'} in subdirectories: ${ignored.join(', ')}`,
          where: formatPosition(application.positionOf(directory ? [...path, 'directory'] : path)),
          hint: 'Set spec.source.directory.recurse: true. Argo CD says Synced all the same.',
        },
      ];
    }),
  );
}

/** Files of the set that this Application would ignore because recursion is off; sorted. Empty when it is on. */
export function filesIgnoredByArgo(set: ManifestSet): readonly string[] {
  return [
    ...new Set(
      applications(set).flatMap((application) =>
        sourcesOf(application).flatMap(({ source }) => ignoredFiles(set, application, source)),
      ),
    ),
  ].sort();
}

function applications(set: ManifestSet): readonly ManifestObject[] {
  return set.objects.filter(({ group, kind }) => group === ARGO_GROUP && kind === 'Application');
}

interface PlacedSource {
  readonly source: Readonly<Record<string, unknown>>;
  readonly path: ValuePath;
}

function sourcesOf(application: ManifestObject): readonly PlacedSource[] {
  const spec = asRecord(application.value.spec);
  const single = asRecord(spec?.source);
  const several = asList(spec?.sources).flatMap((entry, index): PlacedSource[] => {
    const source = asRecord(entry);
    return source ? [{ source, path: ['spec', 'sources', index] }] : [];
  });
  return single && several.length === 0 ? [{ source: single, path: ['spec', 'source'] }] : several;
}

function ignoredFiles(
  set: ManifestSet,
  application: ManifestObject,
  source: Readonly<Record<string, unknown>>,
): readonly string[] {
  const directory = asRecord(source.directory);
  if (directory?.recurse === true || typeof source.path !== 'string') return [];
  if (
    source.chart !== undefined ||
    source.helm !== undefined ||
    source.kustomize !== undefined ||
    source.plugin !== undefined
  )
    return [];
  const root = source.path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
  const prefix = root === '' ? '' : `${root}/`;
  const below = (byFolder(set.files).get(root) ?? []).map((file) => ({
    file,
    relative: file.path.slice(prefix.length),
  }));
  // Helm or Kustomize would read the directory, and they have rules of their own.
  if (!directory && below.some(({ relative }) => OTHER_TOOLS.test(relative))) return [];
  return below
    .filter(({ file, relative }) => {
      if (!relative.includes('/') || !READ_BY_ARGO.test(relative) || file.text.includes(SKIP_MARKER)) return false;
      if (file.path === application.path || !holdsObject(set, file.path)) return false;
      if (
        typeof directory?.exclude === 'string' &&
        directory.exclude !== '' &&
        matchesGlob(directory.exclude, relative)
      )
        return false;
      return (
        typeof directory?.include !== 'string' || directory.include === '' || matchesGlob(directory.include, relative)
      );
    })
    .map(({ file }) => file.path)
    .sort();
}

function holdsObject(set: ManifestSet, path: string): boolean {
  return path.endsWith('.jsonnet') || placesOf(set.objects).has(path);
}

const placesOf = oncePerList((objects: readonly ManifestObject[]) => new Set(objects.map(({ path }) => path)));

/** By every folder that a file lies in or below; all by the empty text. */
const byFolder = groupedBy(({ path }: ManifestFile) => {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
});
