/**
 * Globs of Git generators: `*` and `?` stay inside a segment, `**` does not; `[abc]` and `{one,two}` as usual. What is no
 * glob matches nothing. In linear time: a row of stars takes a backtracking engine minutes. Pure.
 */
import { matchesWholly } from '../pattern/go-pattern.ts';

/** Longer ones match nothing. */
const LONGEST = 1000;

export function matchesPath(glob: string, path: string): boolean {
  if (glob.length > LONGEST) return false;
  return matchesWholly(pattern(glob.replace(/^\.?\//, '')), path, true) ?? false;
}

function pattern(glob: string): string {
  let depth = 0;
  return glob.replace(
    /\*\*\/|\*\*|\*|\?|\[(!|\^)?([^\]]+)\]|[{},]|[^*?[\]{},]+|./gs,
    (token, not: string, set: string) => {
      if (token === '**/') return '(?:.*/)?';
      if (token === '**') return '.*';
      if (token === '*') return '[^/]*';
      if (token === '?') return '[^/]';
      if (set !== undefined) return `[${not ? '^' : ''}${set.replaceAll('\\', '\\\\')}]`;
      if (token === '{') {
        depth += 1;
        return '(?:';
      }
      if (token === '}' && depth > 0) {
        depth -= 1;
        return ')';
      }
      if (token === ',' && depth > 0) return '|';
      return token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    },
  );
}
