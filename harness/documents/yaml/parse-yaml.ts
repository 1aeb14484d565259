/**
 * YAML text -> documents of the parser, and what their errors mean. Pure, but for a memory of the texts that were read last.
 */
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { asKubernetes } from './go-scalars.ts';
import { withIndentedQuotes } from './indent-quotes.ts';
import { addRepeatedKeys, REPEATED_KEY } from './repeated-keys.ts';

export interface ParsedYaml {
  readonly lines: LineCounter;
  readonly parsed: readonly Document.Parsed[];
}

export { REPEATED_KEY };
export const TOO_DEEP = 'it is nested too deeply';

/** Undefined where the text is deeper than the stack. Nobody changes a parsed document: each reader makes values anew. */
export function parseYaml(text: string): ParsedYaml | undefined {
  const first = parseOnce(text);
  const again = first?.parsed.some(isBroken) ? parseOnce(withIndentedQuotes(text)) : first;
  return again?.parsed.some(isBroken) ? first : again;
}

/** Errors beyond repeated keys: the document has no value. */
export function isBroken({ errors }: Document.Parsed): boolean {
  return errors.some(({ code }) => code !== REPEATED_KEY);
}

/** The texts that were read last, parsed, the oldest first: one run reads the files of a profile a dozen times. */
const recent = new Map<string, ParsedYaml | undefined>();
/** In characters; what they are parsed to takes some thirty times as much memory. The last one is kept whatever its size. */
const MOST_RECENT = 256 * 1024;
let recentSize = 0;

function parseOnce(text: string): ParsedYaml | undefined {
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

/** Workflows and values files of others are read by other programs, by other rules. */
const isOfKubernetes = (text: string): boolean => /^["']?apiVersion["']?:/m.test(text);

/** The parser descends by recursion. */
function parseAnew(text: string): ParsedYaml | undefined {
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, {
      // its own look for repeated keys compares every key with every other one
      ...{ lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error', uniqueKeys: false },
      ...(isOfKubernetes(text) ? { customTags: asKubernetes } : {}),
    });
    // An empty text parses to an empty array that is not a list of documents at all.
    const documents = Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
    documents.forEach(addRepeatedKeys);
    return { lines, parsed: documents };
  } catch (error) {
    if (isTooDeep(error)) return undefined;
    throw error;
  }
}

/** The stack is used up: by a call, or by a regular expression that the parser tries when little of it is left. */
const STACK_USED_UP = /maximum call stack|stack overflow/i;

function isTooDeep(error: unknown): boolean {
  return error instanceof Error && STACK_USED_UP.test(error.message);
}

/** Of an error of the parser or of making values, in one line. */
export function sentenceOf(error: unknown): string {
  if (isTooDeep(error)) return TOO_DEEP;
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
}
