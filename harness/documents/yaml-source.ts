/**
 * YAML text with positions: every value and every key of a parsed document can be traced to file, line and column.
 *
 * Pure. Lines and columns count from 1, as editors do. Syntax errors are returned, never thrown, so that a caller can
 * report all of them at once; a document with errors has the value `undefined`.
 */
import { type Document, isAlias, isCollection, isMap, isNode, isSeq, type Node, visit } from 'yaml';
import { isBroken, parseYaml, REPEATED_KEY, sentenceOf, TOO_DEEP } from './yaml/parse-yaml.ts';

export interface SourcePosition {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

interface SyntaxProblem {
  readonly position: SourcePosition;
  /** One sentence without the position. */
  readonly sentence: string;
  /** A key that a mapping holds twice: parsers of Go take the last one, so the document has a value all the same. */
  readonly isRepeatedKey?: true;
  /** That key, as it is written. */
  readonly key?: string;
}

export type ValuePath = readonly (string | number)[];

export interface YamlDocument {
  /** The plain value; `undefined` for a document with syntax errors. */
  readonly value: unknown;
  /** Where the value at this path starts; the nearest existing parent when the path does not exist. */
  positionOf(path: ValuePath): SourcePosition;
  /** Where this key of the mapping at `path` starts. */
  positionOfKey(path: ValuePath, key: string): SourcePosition;
}

export interface YamlSource {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly SyntaxProblem[];
}

/** `file:line:column`, as terminals and editors make clickable. */
export function formatPosition(position: SourcePosition): string {
  return `${position.path}:${position.line}:${position.column}`;
}

/** Parses every document of the text. Empty documents (a lone `---`, comments only) are left out. */
export function parseYamlSource(path: string, text: string): YamlSource {
  const read = parseYaml(text);
  if (!read)
    return {
      documents: [],
      problems: [{ position: { path, line: 1, column: 1 }, sentence: TOO_DEEP }],
    };
  const { lines, parsed } = read;
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { path, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: SyntaxProblem[] = [];
  const linesWithProblems = new Set<number>();
  const documents: YamlDocument[] = [];
  for (const document of parsed) {
    for (const error of toldErrors(document)) {
      const position = at(error.code === REPEATED_KEY ? textBehind(text, error.pos[0]) : error.pos[0]);
      const sentence = sentenceOf(error);
      if (linesWithProblems.has(position.line)) continue;
      linesWithProblems.add(position.line);
      problems.push({ position, sentence, ...(error.code === REPEATED_KEY ? repeatedKeyAt(text, position) : {}) });
    }
    const found = positioned(document, at, problems);
    if (found.value !== null) documents.push(found);
  }
  return { documents, problems };
}

/** Behind a key without a value the parser places the next one at the end of that line. */
function textBehind(text: string, offset: number): number {
  const blank = /\s*/y;
  blank.lastIndex = offset;
  return offset + (blank.exec(text)?.[0].length ?? 0);
}

function repeatedKeyAt(text: string, { line, column }: SourcePosition): Pick<SyntaxProblem, 'isRepeatedKey' | 'key'> {
  const rest = text.split('\n')[line - 1]?.slice(column - 1) ?? '';
  const [key] = /^(?:"[^"]*"|'[^']*'|[^\s:]+)/.exec(rest) ?? [];
  return { isRepeatedKey: true, ...(key === undefined ? {} : { key }) };
}

/**
 * One slip makes the parser complain several times, on later lines, too; so of each document the first complaint is told,
 * which is where the parsers of Go stop. Repeated keys are slips of their own.
 */
function toldErrors({ errors }: Document.Parsed): Document.Parsed['errors'] {
  const slips = errors.filter(({ code }) => code !== REPEATED_KEY);
  const first = slips.toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  return errors.filter((error) => error.code === REPEATED_KEY || error === first);
}

/** Whether a problem is of a text that programs which unfold it would take without an end for, in time or memory. */
export function isEndless(sentence: string): boolean {
  return sentence === TOO_DEEP || sentence === WITHIN_ITSELF || sentence.startsWith('Excessive alias count');
}

function positioned(
  document: Document.Parsed,
  at: (offset: number) => SourcePosition,
  problems: SyntaxProblem[],
): YamlDocument {
  const start = document.contents?.range?.[0] ?? document.range[0];
  return {
    value: isBroken(document) ? undefined : plainValue(document, () => at(brokenAlias(document) ?? start), problems),
    positionOf: (path) => at(offsetOf(document, path) ?? start),
    positionOfKey: (path, key) => at(keyOffset(document, path, key) ?? offsetOf(document, path) ?? start),
  };
}

/** Resolving aliases can fail (unknown anchor, or a document built to explode): a problem of the text like any other. */
function plainValue(document: Document.Parsed, where: () => SourcePosition, problems: SyntaxProblem[]): unknown {
  try {
    // spelling out a key that is a collection takes exponential time in its depth, and no manifest has one
    if (hasCollectionKey(document)) throw new TypeError('the key of a mapping must be a plain value');
    const value: unknown = document.toJS();
    if (holdsItself(value)) throw new TypeError(WITHIN_ITSELF);
    return value;
  } catch (error) {
    problems.push({ position: where(), sentence: sentenceOf(error) });
    return undefined;
  }
}

const WITHIN_ITSELF = 'an alias stands within what it stands for, so that its value has no end';

/** Each list and mapping is looked at once, however many aliases stand for it. */
function holdsItself(value: unknown): boolean {
  const open = new Set<object>();
  const done = new Set<object>();
  const leadsBack = (part: unknown): boolean => {
    if (typeof part !== 'object' || part === null || done.has(part)) return false;
    if (open.has(part)) return true;
    open.add(part);
    const found = Object.values(part).some(leadsBack);
    open.delete(part);
    done.add(part);
    return found;
  };
  return leadsBack(value);
}

function hasCollectionKey(document: Document.Parsed): boolean {
  const isIn = (node: unknown): boolean => {
    if (isSeq(node)) return node.items.some(isIn);
    return isMap(node) && node.items.some(({ key, value }) => isCollection(resolved(key, document)) || isIn(value));
  };
  return isIn(document.contents);
}

function resolved(key: unknown, document: Document.Parsed): unknown {
  return isAlias(key) ? key.resolve(document) : key;
}

function brokenAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_, alias, ancestors) => {
      const meant = alias.resolve(document);
      if (meant !== undefined && !ancestors.includes(meant)) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

function offsetOf(document: Document.Parsed, path: ValuePath): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range) return node.range[0];
  }
  return undefined;
}

function keyOffset(document: Document.Parsed, path: ValuePath, key: string): number | undefined {
  const mapping = nodeAt(document, path);
  if (!isMap(mapping)) return undefined;
  for (const pair of mapping.items) if (isNode(pair.key) && String(pair.key) === key) return pair.key.range?.[0];
  return undefined;
}

function nodeAt(document: Document.Parsed, path: ValuePath): Node | undefined {
  let node: unknown = document.contents;
  for (const segment of path) {
    if (!isMap(node) && !isSeq(node)) return undefined;
    node = node.get(segment, true);
  }
  return isNode(node) ? node : undefined;
}
