/** The files that a build gets, and those of a stage that came from them, as far as a Dockerfile tells. Pure. */
import { linearPattern } from '../../pattern/linear-pattern.ts';
import type { Instruction, Stage } from './dockerfile.ts';

export interface BuildContext {
  /** Relative to the context, with forward slashes. */
  readonly files: readonly string[];
  /** Text of one of them. */
  read(file: string): string | undefined;
}

export interface ContextCopy {
  readonly instruction: Instruction;
  /** Relative to the context, without a leading `./`; empty: all of it. */
  readonly sources: readonly string[];
}

/** COPY and ADD of the context's own files; undefined for what comes from a stage, an image, the network or a document. */
export function contextCopy(instruction: Instruction): ContextCopy | undefined {
  const { name, flags, words } = instruction;
  if ((name !== 'COPY' && name !== 'ADD') || flags.from !== undefined || words.length < 2) return undefined;
  const sources = words.slice(0, -1);
  if (sources.some((source) => /^[a-z]+:\/\/|^git@|^<<|\$/.test(source))) return undefined;
  return { instruction, sources: sources.map(plain) };
}

const plain = (source: string): string =>
  source
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');

/** Whether a source is there: a file, a folder, or a pattern that finds something. */
export function isInContext(source: string, { files }: BuildContext): boolean {
  if (source === '') return files.length > 0;
  if (/[*?[]/.test(source)) {
    const pattern = patternOf(source);
    return files.some((file) => pattern.test(file) || parents(file).some((folder) => pattern.test(folder)));
  }
  return files.some((file) => file === source || file.startsWith(`${source}/`));
}

/** Whether one of the sources brings that file of the context's root. */
export function brings({ sources }: ContextCopy, file: string): boolean {
  return sources.some(
    (source) => source === '' || source === file || (/[*?[]/.test(source) && patternOf(source).test(file)),
  );
}

/** As Go's filepath.Match reads it: no star crosses a slash. */
function patternOf(source: string): { test(path: string): boolean } {
  const text = source
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  try {
    const { firstOf } = linearPattern(`^${text}$`);
    return { test: (path) => firstOf(path) !== undefined };
  } catch {
    return { test: () => false };
  }
}

const parents = (file: string): string[] =>
  file
    .split('/')
    .slice(0, -1)
    .map((_, index, folders) => folders.slice(0, index + 1).join('/'));

/** A stage and those that it is built on, the first one first. */
export function lineage(stage: Stage, stages: readonly Stage[]): readonly Stage[] {
  const base = stages.slice(0, stage.index).findLast(({ name }) => name === stage.base.toLowerCase());
  return base ? [...lineage(base, stages), stage] : [stage];
}

/** Whether an ignore file of Git or Docker keeps a folder of that name away. */
export function ignores(text: string | undefined, folder: string): boolean {
  let ignored = false;
  for (const line of (text ?? '').split(/\r?\n/)) {
    const entry = line.trim().replace(/\/+$/, '');
    const name = entry.replace(/^!?(\*\*\/|\/)?/, '').replace(/\/\*+$/, '');
    if (name === folder || entry === '*') ignored = !entry.startsWith('!');
  }
  return ignored;
}
