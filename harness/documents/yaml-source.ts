/**
 * YAML text with positions: every value and every key of a parsed document can be traced to file, line and column.
 *
 * Pure. Lines and columns count from 1, as editors do. Syntax errors are returned, never thrown, so that a caller can
 * report all of them at once; a document with errors has the value `undefined`.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
import { withIndentedQuotes } from './indent-quotes.ts';

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
  const first = parse(text);
  const again = first?.parsed.some(isBroken) ? parse(withIndentedQuotes(text)) : first;
  const read = again?.parsed.some(isBroken) ? first : again;
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
      const position = at(error.pos[0]);
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

const REPEATED_KEY = 'DUPLICATE_KEY';
const TOO_DEEP = 'it is nested too deeply';

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

interface Parsed {
  readonly lines: LineCounter;
  readonly parsed: readonly Document.Parsed[];
}

/** The texts that were read last, parsed, the oldest first: one run reads the files of a profile a dozen times. */
const recent = new Map<string, Parsed | undefined>();
/** In characters; what they are parsed to takes some thirty times as much memory. The last one is kept whatever its size. */
const MOST_RECENT = 256 * 1024;
let recentSize = 0;

/** Nobody changes a parsed document: values are made from it anew for each reader. */
function parse(text: string): Parsed | undefined {
  const isKnown = recent.has(text);
  const parsed = isKnown ? recent.get(text) : parseAnew(text);
  if (isKnown) recent.delete(text);
  else recentSize += text.length;
  recent.set(text, parsed);
  for (const oldest of recent.keys()) {
    if (recentSize <= MOST_RECENT || recent.size === 1) break;
    recent.delete(oldest);
    recentSize -= oldest.length;
  }
  return parsed;
}

/** Undefined where the text is deeper than the stack: the parser descends by recursion. */
function parseAnew(text: string): Parsed | undefined {
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' });
    // An empty text parses to an empty array that is not a list of documents at all.
    return { lines, parsed: Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [] };
  } catch (error) {
    if (isTooDeep(error)) return undefined;
    throw error;
  }
}

/** The stack is used up: by a call, or by a regular expression that the parser tries when little of it is left. */
const STACK_USED_UP = /maximum call stack|stack overflow/i;

/** Whether a problem is of a text that programs which unfold it would take without an end for, in time or memory. */
export function isEndless(sentence: string): boolean {
  return sentence === TOO_DEEP || sentence.startsWith('Excessive alias count');
}

function isTooDeep(error: unknown): boolean {
  return error instanceof Error && STACK_USED_UP.test(error.message);
}

function sentenceOf(error: unknown): string {
  if (isTooDeep(error)) return TOO_DEEP;
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
}

function isBroken({ errors }: Document.Parsed): boolean {
  return errors.some(({ code }) => code !== REPEATED_KEY);
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
    return document.toJS();
  } catch (error) {
    problems.push({ position: where(), sentence: sentenceOf(error) });
    return undefined;
  }
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
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
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
