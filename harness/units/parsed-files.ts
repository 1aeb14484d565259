/**
 * Kubernetes objects of the files of a repository. Each file is parsed once, and its syntax tree is not kept: thousands of
 * manifests need no more memory than their values.
 */

import { isEndless } from '../documents/yaml-source.ts';
import { parseYamlValues } from '../documents/yaml-values.ts';
import {
  type Finding,
  type ManifestObject,
  objectsOf,
  syntaxFinding,
  type TracedDocument,
} from '../lint/manifest-set.ts';
import type { RepositoryTree } from './repository-tree.ts';

export interface ParsedFile {
  readonly path: string;
  readonly text: string;
  readonly objects: readonly ManifestObject[];
  readonly syntaxFindings: readonly Finding[];
  /** Every document, objects or not, with its place. */
  readonly documents: readonly TracedDocument[];
}

export interface ParsedFiles {
  readonly tree: RepositoryTree;
  /** Undefined when there is no such text file. */
  get(file: string): Promise<ParsedFile | undefined>;
  /** The same, but only parsed when the text is of interest; such a file is read once. */
  getIf(file: string, isWanted: (text: string) => boolean): Promise<ParsedFile | undefined>;
}

export function createParsedFiles(tree: RepositoryTree): ParsedFiles {
  const known = new Map<string, Promise<ParsedFile | undefined>>();
  const parse = async (file: string): Promise<ParsedFile | undefined> => {
    const text = await tree.read(file);
    return text === undefined ? undefined : parseFile(file, text);
  };
  return {
    tree,
    get(file) {
      const found = known.get(file) ?? parse(file);
      known.set(file, found);
      return found;
    },
    async getIf(file, isWanted) {
      const earlier = known.get(file);
      if (earlier) return (await earlier.then((parsed) => parsed && isWanted(parsed.text))) ? earlier : undefined;
      const text = await tree.read(file);
      if (text === undefined || !isWanted(text)) return undefined;
      const found = Promise.resolve(parseFile(file, text));
      known.set(file, found);
      return found;
    },
  };
}

/** What must not be handed to a program, which would unfold it without an end: the findings of those files, with their place. */
export function endlessTexts(files: readonly (ParsedFile | undefined)[]): readonly Finding[] {
  return files.flatMap((file) => file?.syntaxFindings.filter(({ sentence }) => isEndless(sentence)) ?? []);
}

function parseFile(file: string, text: string): ParsedFile {
  const { documents, problems } = parseYamlValues(file, text);
  return {
    path: file,
    text,
    documents,
    objects: documents.flatMap((document) => objectsOf(file, document, '')),
    syntaxFindings: problems.map(syntaxFinding),
  };
}
