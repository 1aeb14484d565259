/**
 * YAML text as values, for texts that are many or large: documents are read one after the other and no syntax tree is kept,
 * so that memory goes with the largest document and not with the text; a place is found by parsing its one document again.
 * Of a CustomResourceDefinition the schemas, nearly all of its text, are only parsed when somebody asks for them.
 *
 * Pure. What it answers is what `parseYamlSource` does, which reads the whole where anything is wrong.
 */
import { type DeferredText, defer } from './deferred-schemas.ts';
import {
  parseYamlSource,
  type SourcePosition,
  type ValuePath,
  type YamlDocument,
  type YamlSource,
} from './yaml-source.ts';

export interface ValueDocument extends Pick<YamlDocument, 'value' | 'positionOf'> {}

export interface YamlValues {
  readonly documents: readonly ValueDocument[];
  readonly problems: YamlSource['problems'];
}

/** A marker ends whatever stands before it, quoted or not. */
const MARKER = /^---(?=\s|$)/gm;
/** They belong to the document behind the marker. */
const DIRECTIVE = /^%/m;

export function parseYamlValues(path: string, text: string): YamlValues {
  const parts = DIRECTIVE.test(text) ? undefined : readParts(path, text);
  if (parts) return { documents: parts, problems: [] };
  const { documents, problems } = parseYamlSource(path, text);
  const again = remembered(() => parseYamlSource(path, text).documents);
  return {
    problems,
    documents: documents.map(({ value }, index) => ({ value, positionOf: (at) => again()[index]!.positionOf(at) })),
  };
}

/** Undefined where something is wrong. */
function readParts(path: string, text: string): readonly ValueDocument[] | undefined {
  const found: ValueDocument[] = [];
  let linesBefore = 0;
  for (const part of partsOf(text)) {
    const deferred = defer(part);
    const read = readPart(path, deferred, linesBefore);
    if (!read) return undefined;
    found.push(...read);
    linesBefore += linesIn(part);
  }
  return found;
}

function readPart(path: string, deferred: DeferredText, linesBefore: number): readonly ValueDocument[] | undefined {
  const { documents, problems } = parseYamlSource(path, deferred.text);
  if (problems.length > 0) return undefined;
  const again = remembered(() => parseYamlSource(path, deferred.text).documents);
  const shifted = ({ line, ...rest }: SourcePosition): SourcePosition => ({ ...rest, line: line + linesBefore });
  return documents.map(({ value, positionOf }, index): ValueDocument => {
    const start = shifted(positionOf([]));
    return {
      value: deferred.restore(value),
      positionOf: (at: ValuePath) => (at.length === 0 ? start : shifted(again()[index]!.positionOf(at))),
    };
  });
}

/** The last one that was asked for a place is kept, because places of one document are asked for in a row. */
let last: { readonly of: () => unknown; readonly documents: YamlSource['documents'] } | undefined;

function remembered(read: () => YamlSource['documents']): () => YamlSource['documents'] {
  return () => {
    if (last?.of !== read) last = { of: read, documents: read() };
    return last.documents;
  };
}

function* partsOf(text: string): Generator<string> {
  let start = 0;
  for (const { index } of text.matchAll(MARKER)) {
    if (index > start) yield text.slice(start, index);
    start = index;
  }
  yield text.slice(start);
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
