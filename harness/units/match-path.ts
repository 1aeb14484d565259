/** Globs of Git generators: `*` and `?` stay inside a segment, `**` does not; `[abc]` and `{one,two}` as usual. Pure. */
export function matchesPath(glob: string, path: string): boolean {
  return new RegExp(`^${pattern(glob.replace(/^\.?\//, ''))}$`, 's').test(path);
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
