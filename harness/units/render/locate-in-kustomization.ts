/** Where a field of an object that Kustomize rendered was written: the patch that set it, or else the base. */

import type { SourcePosition, ValuePath } from '../../documents/yaml-source.ts';
import { asRecord, type ManifestObject, type TracedDocument } from '../../lint/manifest-set.ts';
import { matchesWholly } from '../../pattern/go-pattern.ts';
import type { ParsedFile } from '../parsed-files.ts';
import type { KustomizationPatch, KustomizationTree } from './kustomization-files.ts';

interface Context {
  /** The outermost kustomization. */
  readonly file: string;
  /** As Kustomize's annotation says: a path that ends in that of a file of the repository. */
  readonly origin: string | undefined;
  readonly parts: KustomizationTree;
  readonly known: ReadonlyMap<string, ParsedFile>;
}

export function locateInKustomization(object: ManifestObject, context: Context): (path: ValuePath) => SourcePosition {
  const base = baseOf(object, context);
  const patches = context.parts.patches.flatMap((patch) => patch.documents.map((document) => ({ document, patch })));
  return (path) => {
    for (const { document, patch } of path.length === 0 ? [] : patches) {
      const found = inPatch(object, document, patch, path);
      if (found) return found;
    }
    return base(path);
  };
}

function baseOf(object: ManifestObject, { file, origin, known }: Context): (path: ValuePath) => SourcePosition {
  const parsed = fileNamed(origin, known);
  const candidates = (parsed?.objects ?? []).filter(({ kind }) => kind === object.kind);
  const found =
    candidates.find(({ name }) => name === object.name) ??
    candidates.find(({ name }) => object.name.includes(name)) ??
    candidates[0];
  if (found) return found.positionOf;
  const path = parsed?.path ?? file;
  return () => ({ path, line: 1, column: 1 });
}

/** Kustomize names it relative to a folder of ours: the longest ending that is a file we read. */
function fileNamed(origin: string | undefined, known: ReadonlyMap<string, ParsedFile>): ParsedFile | undefined {
  if (origin === undefined) return undefined;
  const matching = [...known.keys()].filter((path) => origin === path || origin.endsWith(`/${path}`));
  const longest = matching.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : known.get(longest);
}

function inPatch(
  object: ManifestObject,
  document: TracedDocument,
  { target }: KustomizationPatch,
  path: ValuePath,
): SourcePosition | undefined {
  if (Array.isArray(document.value))
    return target && isTarget(target, object) ? inOperations(document, path) : undefined;
  const value = asRecord(document.value);
  const meant = target
    ? isTarget(target, object)
    : value?.kind === object.kind && isNamed(object, asRecord(value?.metadata)?.name);
  if (!value || !meant) return undefined;
  const [own, rendered] = [valueAt(value, path), valueAt(object.value, path)];
  if (own === undefined || JSON.stringify(own) !== JSON.stringify(rendered)) return undefined;
  return document.positionOf(path);
}

/** Operations of RFC 6902 on the field itself or on what holds it; the last one wins. */
function inOperations(document: TracedDocument, path: ValuePath): SourcePosition | undefined {
  const wanted = `/${path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
  const operations = document.value as readonly unknown[];
  const index = operations.findLastIndex((entry) => {
    const pointer = asRecord(entry)?.path;
    return typeof pointer === 'string' && (wanted === pointer || wanted.startsWith(`${pointer}/`));
  });
  return index < 0 ? undefined : document.positionOf([index]);
}

function isTarget(target: Readonly<Record<string, unknown>>, object: ManifestObject): boolean {
  const fits = (wanted: unknown, given: string) =>
    typeof wanted !== 'string' || wanted === '' || wanted === given || matches(wanted, given);
  return fits(target.kind, object.kind) && fits(target.group, object.group) && isNamed(object, target.name);
}

/** Names of patches are those before a prefix or suffix was added. */
function isNamed(object: ManifestObject, name: unknown): boolean {
  if (typeof name !== 'string' || name === '') return true;
  return object.name.includes(name) || matches(name, object.name);
}

function matches(pattern: string, text: string): boolean {
  return matchesWholly(pattern, text) ?? false;
}

function valueAt(value: unknown, path: ValuePath): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown> | undefined | null)?.[key],
    value,
  );
}
