/** The command line goes into reports that people share; what a header carries may be a password. */
const SECRET_HEADER = /^(\s*[\w-]*(?:authorization|cookie|token|secret|key|password|credential)[\w-]*\s*:\s*).+$/is;
const HEADER_FLAG = /^(?:-H|--header=)/;

export function maskSecrets(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const before = argv[index - 1];
    if (before === '-H' || before === '--header') return word.replace(SECRET_HEADER, '$1***');
    const flag = word.match(HEADER_FLAG)?.[0];
    if (flag && word.length > flag.length) return flag + word.slice(flag.length).replace(SECRET_HEADER, '$1***');
    return word.replace(/^(--url=)?(https?:\/\/)[^/@\s]+@/i, '$1$2***@');
  });
}
