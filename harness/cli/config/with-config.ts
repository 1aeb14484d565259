/** The command line with the flags of `--config` put in: what is typed goes before what the file says. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ConfigFlag } from './config-file.ts';
import { readConfig } from './config-file.ts';

/** The last `--config` among the words, and the words without any. */
export function takeConfig(argv: readonly string[]): { readonly file?: string; readonly words: readonly string[] } {
  const end = argv.indexOf('--');
  const words: string[] = [];
  let file: string | undefined;
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i]!;
    const before = end < 0 || i < end;
    if (before && word === '--config' && argv[i + 1] !== undefined) {
      i += 1;
      file = argv[i];
    } else if (before && word.startsWith('--config=')) file = word.slice('--config='.length);
    else words.push(word);
  }
  return { ...(file === undefined ? {} : { file }), words };
}

/** The flags of the file that nobody typed; a list of the file is replaced as a whole, never added to. */
export async function flagsNotTyped(
  command: Command,
  words: readonly string[],
  { file, cwd, verbs }: { readonly file: string; readonly cwd: string; readonly verbs: readonly string[] },
): Promise<readonly ConfigFlag[]> {
  const config = await readConfig(path.resolve(cwd, file), file, verbs);
  return config.flagsOf(command).filter(({ flag }) => !isTyped(command, flag, words));
}

/** By its long name, its short one, or its opposite (`--no-x` for `--x`). */
export function isTyped(command: Command, flag: string, words: readonly string[]): boolean {
  const bare = flag.replace(/^--(no-)?/, '');
  const names = new Set([`--${bare}`, `--no-${bare}`]);
  const { short } = command.options.find(({ long }) => long === flag) ?? {};
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some(
    (word) =>
      names.has(word.split('=', 1)[0]!) ||
      (short != null && /^-[a-zA-Z]/.test(word) && !word.startsWith('--') && word.slice(1).includes(short.slice(1))),
  );
}
