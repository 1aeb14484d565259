/**
 * Paths into JSON: as people type them (`$.upstreams[1].version`, `["app.kubernetes.io/version"]`), as keys, and as k6
 * takes them (GJSON, where a dot, and any other character with a meaning, is escaped by `\`). Pure.
 */

/** `$`, which stands for the document, may stand before. */
const START = /^\$?/;
const NAME = /[\p{L}\p{N}_-]+/uy;
const BRACKET = /\[(?:(\d+)|'([^']*)'|("(?:[^"\\]|\\.)*"))\]/y;
const PLAIN_KEY = /^[\p{L}\p{N}_-]+$/u;

/** @returns undefined when the text is no path, or a path to nothing */
export function readJsonPath(text: string): readonly string[] | undefined {
  const keys: string[] = [];
  let at = START.exec(text)![0].length;
  // after a key a name needs its dot; before the first one it may have one
  while (at < text.length) {
    const inBrackets = text[at] === '[';
    if (!inBrackets && text[at] === '.') at += 1;
    else if (!inBrackets && at > 0) return undefined;
    const step = inBrackets ? BRACKET : NAME;
    step.lastIndex = at;
    const match = step.exec(text);
    const key = match === null ? undefined : keyOf(match);
    if (match === null || key === undefined || key === '') return undefined;
    keys.push(key);
    at += match[0].length;
  }
  return keys.length === 0 ? undefined : keys;
}

function keyOf([all, index, single, double]: RegExpExecArray): string | undefined {
  if (double === undefined) return index ?? single ?? all;
  try {
    return JSON.parse(double) as string;
  } catch {
    return undefined;
  }
}

/** GJSON's spelling; whatever may mean something to it is escaped. */
export function pathOf(keys: readonly string[]): string {
  return keys.map((key) => key.replaceAll(/[^\p{L}\p{N}_-]/gu, String.raw`\$&`)).join('.');
}

/** The keys of what `pathOf` wrote. */
export function keysOf(path: string): readonly string[] {
  const keys = path.match(/(?:[^\\.]|\\.)+/gsu) ?? [];
  return keys.map((key) => key.replaceAll(/\\(.)/gsu, '$1'));
}

/** As it may be typed. */
export function writeJsonPath(path: string): string {
  return keysOf(path)
    .map((key, index) => (PLAIN_KEY.test(key) ? `${index === 0 ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`))
    .join('');
}
