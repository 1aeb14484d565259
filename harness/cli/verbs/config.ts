/** `config print VERB [FLAGS]`: what a command line comes to, flag by flag, and with `--origin` where each value is from. */
import { Command } from 'commander';
import { EXIT, usageError } from '../../errors/harness-error.ts';
import { flagsNotTyped, isTyped, takeConfig } from '../config/with-config.ts';
import { maskSecrets } from '../talk/mask-secrets.ts';
import { forStdout } from '../talk/output-targets.ts';
import type { DefineVerb, VerbContext, VerbEntry } from './verb.ts';

/** @param verbs every verb, this one included */
export function configOf(verbs: () => readonly VerbEntry[]): DefineVerb {
  return (command, context) => {
    command
      .command('print')
      .description('the flags of a verb as they would count, one a line')
      .argument('<verb>', 'whose flags')
      .argument('[words...]', 'as they would be typed after it, --config FILE among them')
      .option('--origin', 'where each value is from: typed, file and line, or the default')
      .allowUnknownOption()
      .action(async (verb: string, words: readonly string[], { origin }: { readonly origin?: true }) => {
        const entry = verbs().find(({ name }) => name === verb);
        if (entry === undefined)
          throw usageError('USAGE_UNKNOWN_VERB', `there is no verb '${verb}'`, { hint: 'See --help for the verbs.' });
        const names = verbs().map(({ name }) => name);
        const lines = await printed(entry, words, context, { names, origin: origin === true });
        context.world.stdout.write(forStdout('human', lines.map((line) => `${line}\n`).join('')));
        context.finish(EXIT.passed);
      });
  };
}

async function printed(
  { name, load }: VerbEntry,
  given: readonly string[],
  context: VerbContext,
  { names, origin }: { readonly names: readonly string[]; readonly origin: boolean },
): Promise<readonly string[]> {
  const asked = new Command(name).exitOverride().configureOutput({ outputError: () => undefined });
  (await load())(asked, context);
  const { words } = takeConfig(given);
  const file = context.configFile;
  const fromFile =
    file === undefined ? [] : await flagsNotTyped(asked, words, { file, cwd: context.world.cwd, verbs: names });
  const whereOf = new Map(fromFile.map(({ flag, where }) => [flag, where]));
  // what only is to be printed needs no argument, and none of its mandatory flags
  for (const option of asked.options) option.makeOptionMandatory(false);
  asked.parseOptions([...fromFile.flatMap((one) => one.words), ...words]);
  const values = asked.opts();
  return asked.options.flatMap((option) => {
    const value: unknown = values[option.attributeName()];
    const flag = option.long ?? '';
    if (value === undefined || flag === '--config') return [];
    const from = isTyped(asked, flag, words) ? 'typed' : (whereOf.get(flag) ?? 'default');
    const [, shown = ''] = maskSecrets([flag, ...(Array.isArray(value) ? value.map(String) : [shownValue(value)])]);
    const text = Array.isArray(value) ? value.map((one) => maskSecrets([flag, String(one)])[1]).join(', ') : shown;
    return [`${flag.slice(2).replace(/^no-/, '')}: ${text}${origin ? `  # ${from}` : ''}`];
  });
}

function shownValue(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
