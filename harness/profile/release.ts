/**
 * The commit that releases a version: the tag of a Kustomization, one scalar of a YAML file, or another file in its place.
 * Only the characters that mean the change are replaced.
 */
import { isScalar, parseDocument } from 'yaml';
import { pointerSegments } from '../documents/json-pointer.ts';
import type { Release } from '../documents/references.ts';
import { usageError } from '../errors/harness-error.ts';
import type { RepositoryFile } from './collect-repository.ts';
import { withImageTag } from './image-tag.ts';

/** @throws HarnessError (exit 2) MANIFEST_FILE_MISSING, MANIFEST_FIELD_MISSING */
export function withRelease(files: readonly RepositoryFile[], release: Release): readonly RepositoryFile[] {
  if ('image' in release) return withImageTag(files, release);
  const file = fileOf(files, release.file);
  const text = 'field' in release ? withScalar(file, release) : fileOf(files, release.from).text;
  return files.map((candidate) => (candidate === file ? { ...file, text } : candidate));
}

function fileOf(files: readonly RepositoryFile[], path: string): RepositoryFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file) return file;
  throw usageError('MANIFEST_FILE_MISSING', `the repository has no file ${path}`, {
    where: path,
    hint: 'release.file (and release.from) of the claim name files in Git.',
  });
}

function withScalar(
  file: RepositoryFile,
  { field, value }: { readonly field: string; readonly value: string },
): string {
  const document = parseDocument(file.text);
  // keys that are numbers and indices of lists are both written as digits
  const node = document.getIn(pointerSegments(field), true);
  if (!isScalar(node) || !node.range)
    throw usageError('MANIFEST_FIELD_MISSING', `${file.path} has no scalar at ${field}`, {
      where: file.path,
      hint: "release.field is a JSON pointer into the file's only document, such as /spec/template/spec/containers/0/image.",
    });
  const [start, end] = node.range;
  // every JSON text is YAML, whatever the value looks like
  return file.text.slice(0, start) + JSON.stringify(value) + file.text.slice(end);
}
