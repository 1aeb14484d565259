/**
 * Globs of `directory.include` and `directory.exclude` as Argo CD reads them (github.com/gobwas/glob without separators):
 * `*` and `**` match anything, also slashes; `?` one character; `[abc]`, `[!a-z]` and `{one,two}` as usual.
 */
export function matchesGlob(glob: string, text: string): boolean {
  return new RegExp(`^${toRegExp(glob)}$`, 's').test(text);
}

function toRegExp(glob: string): string {
  let depth = 0;
  return glob.replace(
    /\\(.)|\*+|\?|\[(!?)([^\]]+)\]|[{},]|[^\\*?[\]{},]+|./gs,
    (token, escaped: string, not: string, set: string) => {
      if (escaped !== undefined) return literally(escaped);
      if (set !== undefined) return `[${not ? '^' : ''}${set.replaceAll('\\', '\\\\').replaceAll('^', '\\^')}]`;
      if (token.startsWith('*')) return '.*';
      if (token === '?') return '.';
      if (token === '{') depth += 1;
      if (token === '{') return '(?:';
      if (token === '}' && depth > 0) {
        depth -= 1;
        return ')';
      }
      if (token === ',' && depth > 0) return '|';
      return literally(token);
    },
  );
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
