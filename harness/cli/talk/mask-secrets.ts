/** The command line goes into reports that people share; what a header carries may be a password. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../process/atomic-file.ts';

const SECRET_NAME = /authorization|cookie|token|secret|key|password|credential/i;
const SECRET_HEADER = /^(\s*[\w-]*(?:authorization|cookie|token|secret|key|password|credential)[\w-]*\s*:\s*).+$/is;
const HEADER_FLAG = /^(?:-H|--header=)/;

/** The words with the values of such headers, and user names and passwords of URLs, replaced by `***`. */
export function maskSecrets(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const before = argv[index - 1];
    if (before === '-H' || before === '--header') return word.replace(SECRET_HEADER, '$1***');
    const flag = word.match(HEADER_FLAG)?.[0];
    if (flag && word.length > flag.length) return flag + word.slice(flag.length).replace(SECRET_HEADER, '$1***');
    return word.replace(/^(--url=)?(https?:\/\/)[^/@\s]+@/i, '$1$2***@');
  });
}

/** Values of the headers that may carry a password. */
export function secretValues(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => (SECRET_NAME.test(name) && value !== '' ? [value] : []));
}

/** Replaces the values in a file of JavaScript or JSON; a file that is not there has none. */
export async function maskFile(file: string, secrets: readonly string[]): Promise<void> {
  if (secrets.length === 0) return;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const spellings = secrets.flatMap((secret) => [JSON.stringify(secret).slice(1, -1), secret]);
  await writeFileAtomic(
    file,
    spellings.reduce((before, spelling) => before.replaceAll(spelling, '***'), text),
  );
}
