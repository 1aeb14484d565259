/** The command line goes into reports that people share, so every value of a header and of a URL is left out of it. */
import { HIDDEN, hideInUrls } from '../../errors/hidden-words.ts';

/** `-H`, also behind other short flags (`-vH`), and `--header`; what follows in the same word is the value. */
const HEADER_FLAG = /^(?:-[A-GI-Za-z]*H|--header(?:=|$))/;

/** Parsers pass over tabs and line ends, and take any number of slashes of either kind: `http:/u:p@host`, `http:u:p@host`. */
const LAX_HTTP = /^(--[\w-]+=)?(https?:)[\\/]*/i;

/** The words with every value of a header, and what is secret in URLs, hidden. */
export function maskSecrets(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const before = argv[index - 1] ?? '';
    if (HEADER_FLAG.exec(before)?.[0] === before && before !== '--header=' && before !== '') return maskHeader(word);
    const flag = HEADER_FLAG.exec(word)?.[0];
    if (flag !== undefined) return word === flag ? word : flag + maskHeader(word.slice(flag.length));
    const plain = word.replace(/[\t\n\r]/g, '');
    return hideInUrls(LAX_HTTP.test(plain) ? plain.replace(LAX_HTTP, '$1$2//') : word);
  });
}

/** `Name: value` keeps its name, `@file` is only the name of a file. */
function maskHeader(text: string): string {
  if (text.startsWith('@')) return text;
  const name = /^\s*[!#$%&'*+.^`|~\w-]+\s*:\s*/.exec(text)?.[0];
  return name === undefined ? HIDDEN : `${name}${HIDDEN}`;
}
