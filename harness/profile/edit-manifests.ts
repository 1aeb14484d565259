/**
 * The commits that a run makes: pure edits of manifest text. Only the characters that mean the change are replaced, so
 * that the diff in Git shows what was meant and nothing else; comments and style stay.
 *
 * @throws HarnessError (exit 2) MANIFEST_YAML_SYNTAX, MANIFEST_OBJECT_MISSING, MANIFEST_ROUTE_MISSING,
 *   MANIFEST_FIELD_MISSING.
 */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import type { Weights } from '../documents/references.ts';
import { type HarnessError, usageError } from '../errors/harness-error.ts';
import type { RepositoryFile } from './collect-repository.ts';

/** Compared by API group (any version), kind and name; by namespace only when both sides name one. */
export interface ManifestRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

type ParsedDocument = Document.Parsed<ParsedNode>;

/** Characters from `start` up to `end` of a text become `text`. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replaces the weights of every HTTP route of the VirtualService that splits between exactly these subsets. */
export function withWeights(
  files: readonly RepositoryFile[],
  virtualService: Omit<ManifestRef, 'apiVersion' | 'kind'>,
  weights: Weights,
): readonly RepositoryFile[] {
  const ref = { ...virtualService, apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' };
  return editObject(files, ref, (document, file) => {
    const routes = routesBetween(document, Object.keys(weights));
    if (routes.length === 0)
      throw usageError(
        'MANIFEST_ROUTE_MISSING',
        `VirtualService ${ref.name} has no HTTP route between ${Object.keys(weights).join(' and ')}`,
        { where: file.path, hint: 'Name every subset of the route, also those that get 0.' },
      );
    return routes.flat().map(({ subset, entry }) => scalar(file, entry, 'weight', String(weights[subset])));
  });
}

/** Removes one object; a file that then holds no object at all is removed too. */
export function withoutObject(files: readonly RepositoryFile[], ref: ManifestRef): readonly RepositoryFile[] {
  return editObject(files, ref, (document) => [{ start: document.range[0], end: document.range[2], text: '' }]).filter(
    (file, index) => file === files[index] || parse(file).some(({ contents }) => isMap(contents)),
  );
}

/** Points every source of every Application in the text at this repository. */
export function withRepositoryUrl(file: RepositoryFile, repositoryUrl: string): RepositoryFile {
  return editSources(file, (source) => [scalar(file, source, 'repoURL', JSON.stringify(repositoryUrl))]);
}

/** Switches `directory.recurse` off in every source of every Application in the text, where it was on. */
export function withoutDirectoryRecurse(file: RepositoryFile): RepositoryFile {
  return editSources(file, (source) => {
    const directory = source.get('directory');
    return isMap(directory) && directory.has('recurse') ? [scalar(file, directory, 'recurse', 'false')] : [];
  });
}

interface WeightedEntry {
  readonly subset: string;
  readonly entry: YAMLMap;
}

function routesBetween(document: ParsedDocument, subsets: readonly string[]): readonly (readonly WeightedEntry[])[] {
  return mapsIn(document.getIn(['spec', 'http']))
    .map((route) =>
      mapsIn(route.get('route')).map((entry) => ({ subset: String(entry.getIn(['destination', 'subset'])), entry })),
    )
    .filter((entries) => entries.length === subsets.length && entries.every(({ subset }) => subsets.includes(subset)));
}

function editSources(file: RepositoryFile, edit: (source: YAMLMap) => readonly Replacement[]): RepositoryFile {
  const sources = parse(file)
    .filter((document) => isMap(document.contents) && document.get('kind') === 'Application')
    .flatMap((document) => {
      const single = document.getIn(['spec', 'source']);
      return [...(isMap(single) ? [single] : []), ...mapsIn(document.getIn(['spec', 'sources']))];
    });
  if (sources.length === 0)
    throw usageError('MANIFEST_OBJECT_MISSING', `${file.path} holds no Argo CD Application with a source`, {
      where: file.path,
    });
  return { ...file, text: replace(file.text, sources.flatMap(edit)) };
}

function editObject(
  files: readonly RepositoryFile[],
  ref: ManifestRef,
  edit: (document: ParsedDocument, file: RepositoryFile) => readonly Replacement[],
): readonly RepositoryFile[] {
  let found = false;
  const edited = files.map((file) => {
    if (!/\.ya?ml$/.test(file.path)) return file;
    const wanted = parse(file).filter((document) => matches(document, ref));
    if (wanted.length === 0) return file;
    found = true;
    const replacements = wanted.flatMap((document) => edit(document, file));
    return { ...file, text: replace(file.text, replacements) };
  });
  if (found) return edited;
  throw usageError('MANIFEST_OBJECT_MISSING', `no file of the repository holds ${ref.kind} ${ref.name}`, {
    where: `${ref.kind}/${ref.name}`,
  });
}

function scalar(file: RepositoryFile, mapping: YAMLMap, key: string, text: string): Replacement {
  const node = mapping.get(key, true);
  if (isScalar(node) && node.range) return { start: node.range[0], end: node.range[1], text };
  throw usageError('MANIFEST_FIELD_MISSING', `there is no ${key} to change`, {
    where: placeOf(file, mapping.range?.[0] ?? 0),
  });
}

function replace(text: string, replacements: readonly Replacement[]): string {
  return replacements
    .toSorted((a, b) => b.start - a.start)
    .reduce((edited, { start, end, text: inserted }) => edited.slice(0, start) + inserted + edited.slice(end), text);
}

function mapsIn(list: unknown): readonly YAMLMap[] {
  return isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
}

function parse(file: RepositoryFile): readonly ParsedDocument[] {
  const parsed = parseAllDocuments(file.text, { prettyErrors: false });
  const documents = Array.isArray(parsed) ? (parsed as ParsedDocument[]) : [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (!error) return documents;
  throw syntaxError(file, error.message, error.pos[0]);
}

function syntaxError(file: RepositoryFile, message: string, offset: number): HarnessError {
  return usageError('MANIFEST_YAML_SYNTAX', message.replace(/\s+/g, ' ').trim(), { where: placeOf(file, offset) });
}

function placeOf(file: RepositoryFile, offset: number): string {
  const lines = new LineCounter();
  parseAllDocuments(file.text, { lineCounter: lines });
  const { line, col } = lines.linePos(offset);
  return `${file.path}:${line}:${col}`;
}

function matches(document: ParsedDocument, ref: ManifestRef): boolean {
  if (!isMap(document.contents)) return false;
  const namespace = document.getIn(['metadata', 'namespace']);
  return (
    document.get('kind') === ref.kind &&
    groupOf(String(document.get('apiVersion'))) === groupOf(ref.apiVersion) &&
    document.getIn(['metadata', 'name']) === ref.name &&
    (namespace === undefined || ref.namespace === undefined || namespace === ref.namespace)
  );
}

/** `networking.istio.io/v1beta1` -> `networking.istio.io`; the core group has no name. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
