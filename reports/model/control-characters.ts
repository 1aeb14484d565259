/**
 * Strings of a report may come from anywhere (an answer's header, a YAML file). Before text reaches a terminal or a
 * page, characters that steer instead of show are made visible: ANSI escapes, other control characters, and the
 * bidirectional overrides that reorder what a reviewer sees ("Trojan Source", CVE-2021-42574).
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this file is about
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/g;

/** Keeps newline and tab; `\r\n` becomes `\n`; anything else that steers becomes its code point, such as `⟨U+001B⟩`. */
export function showControlCharacters(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .toWellFormed()
    .replace(STEERING, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** As above, on one line. */
export function onOneLine(text: string): string {
  return showControlCharacters(text.replace(/\s*[\r\n]+\s*/g, ' ').replaceAll('\t', ' '));
}

/** The document with `change` applied to every string in it (keys stay); what did not change is shared, not copied. */
export function mapStrings<T extends object>(document: T, change: (text: string) => string): T {
  return mapValue(document, change) as T;
}

function mapValue(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index += 1) {
      const mapped = mapValue(value[index], change);
      if (mapped === value[index]) continue;
      copy ??= [...value];
      copy[index] = mapped;
    }
    return copy ?? value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, inner] of Object.entries(value)) {
    const mapped = mapValue(inner, change);
    if (mapped === inner) continue;
    copy ??= { ...value };
    copy[key] = mapped;
  }
  return copy ?? value;
}
