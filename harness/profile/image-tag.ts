/** The commit that releases a version: an image tag in a Kustomization, as CI writes it. Only the tag's characters change. */
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { usageError } from '../errors/harness-error.ts';
import type { RepositoryFile } from './collect-repository.ts';

export interface ReleasedImage {
  /** Path of the Kustomization in the repository. */
  readonly file: string;
  readonly image: string;
  readonly tag: string;
}

/** @throws HarnessError (exit 2) MANIFEST_FILE_MISSING, MANIFEST_FIELD_MISSING */
export function withImageTag(
  files: readonly RepositoryFile[],
  { file: path, image, tag }: ReleasedImage,
): readonly RepositoryFile[] {
  const file = files.find((candidate) => candidate.path === path);
  if (!file)
    throw usageError('MANIFEST_FILE_MISSING', `the repository has no file ${path}`, {
      where: path,
      hint: 'release.file of the claim names the Kustomization that holds the image tag.',
    });
  const images = parseDocument(file.text).get('images');
  const entry = (isSeq(images) ? images.items : []).find((item) => isMap(item) && item.get('name') === image);
  const node = isMap(entry) ? entry.get('newTag', true) : undefined;
  if (!isScalar(node) || !node.range)
    throw usageError('MANIFEST_FIELD_MISSING', `${path} names no tag of ${image}`, {
      where: path,
      hint: 'It must hold images: with name and newTag.',
    });
  const [start, end] = node.range;
  const quoted = /^[\d.]+$/.test(tag) ? JSON.stringify(tag) : tag;
  const text = file.text.slice(0, start) + quoted + file.text.slice(end);
  return files.map((candidate) => (candidate === file ? { ...file, text } : candidate));
}
