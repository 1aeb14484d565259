/**
 * Strings of a report may come from anywhere (an answer's header, a YAML file). Before text reaches a terminal or a
 * page, characters that steer instead of show are made visible: ANSI escapes and other control characters (Cc), every
 * format character (Cf: zero-width ones, with which `v1` and `v1` differ, and the bidirectional overrides that reorder
 * what a reviewer sees, "Trojan Source", CVE-2021-42574), line and paragraph separators, and whatever else Unicode
 * lets a font draw as nothing (Default_Ignorable_Code_Point, such as the Hangul fillers and the tag characters).
 */
const STEERING = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Keeps newline and tab; `\r\n` becomes `\n`; anything else that steers becomes its code point, such as `⟨U+001B⟩`. */
export function showControlCharacters(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .toWellFormed()
    .replace(STEERING, (character) => codePoint(character));
}

function codePoint(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** As above, on one line. */
export function onOneLine(text: string): string {
  return showControlCharacters(joinedLines(text).replaceAll('\t', ' '));
}

/** Lines joined by one space each. Not one pattern for white space around line ends: that takes quadratic time. */
function joinedLines(text: string): string {
  const lines = text.split(/[\r\n]+/);
  const last = lines.length - 1;
  return lines
    .map((line, index) => {
      const begun = index === 0 ? line : line.trimStart();
      return index === last ? begun : begun.trimEnd();
    })
    .filter((line, index) => line !== '' || index === 0 || index === last)
    .join(' ');
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
