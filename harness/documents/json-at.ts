/**
 * What k6's JSON reader (GJSON) finds at a path: of equal keys the first one that leads there, where JSON.parse keeps
 * the last one. The preflight would name another receiver than the load otherwise. Pure.
 */

/** @returns undefined when the text is no JSON or has nothing there */
export function jsonAt(text: string, keys: readonly string[]): unknown {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const found = new Scan(text).find(0, keys);
  return found === undefined ? undefined : JSON.parse(found);
}

/** Walks over a text that is known to be JSON; every step takes the place where it begins. */
class Scan {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  find(start: number, keys: readonly string[]): string | undefined {
    const from = this.#afterSpace(start);
    const [key, ...rest] = keys;
    if (key === undefined) return this.#text.slice(from, this.#afterValue(from));
    const open = this.#text[from];
    if (open !== '{' && open !== '[') return undefined;
    let at = this.#afterSpace(from + 1);
    for (let index = 0; this.#text[at] !== '}' && this.#text[at] !== ']'; index += 1) {
      let isIt = /^\d+$/.test(key) && Number(key) === index;
      if (open === '{') {
        const keyEnd = this.#afterValue(at);
        isIt = JSON.parse(this.#text.slice(at, keyEnd)) === key;
        at = this.#afterSpace(this.#afterSpace(keyEnd) + 1);
      }
      const found = isIt ? this.find(at, rest) : undefined;
      if (found !== undefined) return found;
      at = this.#afterSpace(this.#afterValue(at));
      if (this.#text[at] === ',') at = this.#afterSpace(at + 1);
    }
    return undefined;
  }

  #afterSpace(start: number): number {
    let at = start;
    while (at < this.#text.length && ' \t\r\n'.includes(this.#text[at]!)) at += 1;
    return at;
  }

  #afterValue(start: number): number {
    if (this.#text[start] === '"') return this.#afterText(start);
    let depth = 0;
    let at = start;
    while (at < this.#text.length) {
      const letter = this.#text[at]!;
      if (letter === '"') {
        at = this.#afterText(at);
        continue;
      }
      if (depth === 0 && ',]} \t\r\n'.includes(letter)) return at;
      if (letter === '{' || letter === '[') depth += 1;
      if (letter === '}' || letter === ']') depth -= 1;
      at += 1;
      if (depth === 0 && (letter === '}' || letter === ']')) return at;
    }
    return at;
  }

  #afterText(start: number): number {
    let at = start + 1;
    while (this.#text[at] !== '"') at += this.#text[at] === '\\' ? 2 : 1;
    return at + 1;
  }
}
