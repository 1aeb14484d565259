/**
 * Keys that a mapping holds twice, as errors of its document. Pure but for the document, which is told them.
 *
 * The parser can look for them itself, but compares each key with every one before it: 60,000 keys take minutes.
 */
import { type Document, isScalar, visit, YAMLParseError } from 'yaml';

export const REPEATED_KEY = 'DUPLICATE_KEY';

/** Merge keys (`<<`) may repeat: the parser gives each a value of its own. */
export function addRepeatedKeys(document: Document.Parsed): void {
  const found: YAMLParseError[] = [];
  visit(document, {
    Map: (_, map) => {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const start = key.range?.[0] ?? 0;
        if (keys.has(key.value))
          found.push(new YAMLParseError([start, start + 1], REPEATED_KEY, 'Map keys must be unique'));
        keys.add(key.value);
      }
    },
  });
  if (found.length === 0) return;
  document.errors.push(...found);
  document.errors.sort((a, b) => a.pos[0] - b.pos[0]);
}
