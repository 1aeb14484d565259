/**
 * Parameters of the generators of an ApplicationSet, as far as a repository alone tells them: list, Git directories, Git
 * files, matrix of such, and a cluster generator without a selector, which always has the cluster that Argo CD runs in.
 */
import { asList, asRecord } from '../lint/manifest-set.ts';
import { matchesPath } from './match-path.ts';
import { isOwnRepository } from './own-repository.ts';
import type { ParsedFiles } from './parsed-files.ts';
import { baseNameOf, folderOf, isToolFolder } from './repository-path.ts';
import {
  fillTemplate,
  flattened,
  normalized,
  type Parameters,
  TemplateNotKnown,
  type TemplateOptions,
} from './set-template.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @throws TemplateNotKnown for a generator that needs a cluster or a service */
export async function generate(
  files: ParsedFiles,
  generator: Fields,
  options: TemplateOptions,
  outer: Parameters = {},
): Promise<readonly Parameters[]> {
  const filled = fillTemplate({ ...generator, template: undefined }, outer, options) as Fields;
  const own = await ofKind(files, filled, options);
  const labels = asRecord(asRecord(generator.selector)?.matchLabels) ?? {};
  if (asList(asRecord(generator.selector)?.matchExpressions).length > 0)
    throw new TemplateNotKnown('a generator is narrowed by matchExpressions');
  return own.filter((parameters) => Object.entries(labels).every(([key, value]) => parameters[key] === value));
}

async function ofKind(files: ParsedFiles, generator: Fields, options: TemplateOptions): Promise<readonly Parameters[]> {
  const list = asRecord(generator.list);
  if (list && list.elementsYaml === undefined)
    return asList(list.elements).flatMap((element) => {
      const record = asRecord(element);
      return record ? [options.goTemplate ? record : flattened(record)] : [];
    });
  const git = asRecord(generator.git);
  if (git) return ofGit(files, git, options);
  const clusters = asRecord(generator.clusters);
  if (clusters && !clusters.selector) return [inCluster(clusters, options)];
  const matrix = asRecord(generator.matrix);
  if (matrix) return ofMatrix(files, matrix, options);
  const [kind = 'nothing'] = Object.keys(generator).filter((key) => generator[key] !== undefined && key !== 'selector');
  throw new TemplateNotKnown(
    kind === 'clusters'
      ? 'a cluster generator with a selector needs the clusters of Argo CD'
      : `a generator of kind ${kind} cannot be unfolded without a cluster`,
  );
}

async function ofMatrix(files: ParsedFiles, matrix: Fields, options: TemplateOptions): Promise<readonly Parameters[]> {
  const [first, second] = asList(matrix.generators).map(asRecord);
  if (!first || !second) throw new TemplateNotKnown('a matrix generator needs two generators');
  const rows = await generate(files, first, options);
  const found = await Promise.all(
    rows.map(async (row) => (await generate(files, second, options, row)).map((own) => ({ ...row, ...own }))),
  );
  return found.flat();
}

function inCluster(clusters: Fields, { goTemplate }: TemplateOptions): Parameters {
  const values = asRecord(clusters.values) ?? {};
  const own = {
    name: 'in-cluster',
    nameNormalized: 'in-cluster',
    server: 'https://kubernetes.default.svc',
    project: '',
  };
  return { ...own, ...(goTemplate ? { values } : flattened({ values })) };
}

/** The folders of a pattern before the first one that is a pattern itself. */
function plainStart(pattern: string): string {
  const segments = pattern.split('/').slice(0, -1);
  const isPattern = segments.findIndex((segment) => /[*?[{]/.test(segment));
  return segments.slice(0, isPattern < 0 ? segments.length : isPattern).join('/');
}

async function ofGit(files: ParsedFiles, git: Fields, options: TemplateOptions): Promise<readonly Parameters[]> {
  const [first] = [...asList(git.directories), ...asList(git.files)];
  if (!isOwnRepository(files.tree, String(git.repoURL ?? ''), plainStart(String(asRecord(first)?.path ?? ''))))
    throw new TemplateNotKnown(`a Git generator reads ${String(git.repoURL)}, which is another repository`);
  const extra = asRecord(git.values) ?? {};
  const prefix = typeof git.pathParamPrefix === 'string' ? git.pathParamPrefix : undefined;
  const withPath = (folder: string, file?: string): Parameters => ({
    ...pathParameters(folder, file, prefix, options),
    ...(options.goTemplate ? { values: extra } : flattened({ values: extra })),
  });
  const finish = (parameters: Parameters) => fillTemplate(parameters, parameters, options);
  const folders = asList(git.directories).map((entry) => asRecord(entry) ?? {});
  if (folders.length > 0)
    return foldersIn(files)
      .filter((folder) => isChosen(folder, folders))
      .map((folder) => finish(withPath(folder)));
  const globs = asList(git.files).map((entry) => asRecord(entry) ?? {});
  const chosen = files.tree.files.filter((file) => isChosen(file, globs));
  const found = await Promise.all(
    chosen.map(async (file) => {
      const documents = (await files.get(file))?.documents ?? [];
      // a file holds one mapping, or a list of them: one Application each
      return documents
        .flatMap(({ value }) => (Array.isArray(value) ? value : [value]))
        .flatMap((value) => {
          const record = asRecord(value);
          return record
            ? [finish({ ...(options.goTemplate ? record : flattened(record)), ...withPath(folderOf(file), file) })]
            : [];
        });
    }),
  );
  return found.flat();
}

function isChosen(path: string, globs: readonly Fields[]): boolean {
  const matching = globs.filter((glob) => typeof glob.path === 'string' && matchesPath(glob.path, path));
  return matching.length > 0 && matching.every((glob) => glob.exclude !== true);
}

function foldersIn({ tree }: ParsedFiles): readonly string[] {
  const found = new Set<string>();
  for (const file of tree.files) {
    if (isToolFolder(file)) continue;
    for (let folder = folderOf(file); folder !== '' && !found.has(folder); folder = folderOf(folder)) found.add(folder);
  }
  return [...found].sort();
}

function pathParameters(
  folder: string,
  file: string | undefined,
  prefix: string | undefined,
  { goTemplate }: TemplateOptions,
): Parameters {
  const basename = baseNameOf(folder);
  const segments = folder.split('/');
  const filename = file === undefined ? undefined : baseNameOf(file);
  if (goTemplate) {
    const path = {
      path: folder,
      basename,
      basenameNormalized: normalized(basename),
      segments,
      ...(filename === undefined ? {} : { filename, filenameNormalized: normalized(filename) }),
    };
    return prefix === undefined ? { path } : { [prefix]: { path } };
  }
  const key = prefix === undefined ? 'path' : `${prefix}.path`;
  return {
    [key]: folder,
    [`${key}.basename`]: basename,
    [`${key}.basenameNormalized`]: normalized(basename),
    ...Object.fromEntries(segments.map((segment, index) => [`${key}[${index}]`, segment])),
    ...(filename === undefined
      ? {}
      : { [`${key}.filename`]: filename, [`${key}.filenameNormalized`]: normalized(filename) }),
  };
}
