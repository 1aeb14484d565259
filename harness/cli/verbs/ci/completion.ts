/** `completion bash|zsh|fish`: a script that completes verbs, options and the values of options that have a list. */
import { Argument, Command } from 'commander';
import { EXIT } from '../../../errors/harness-error.ts';
import type { DefineVerb, VerbContext, VerbEntry } from '../verb.ts';
import { completionScript, SHELLS, type Shell, type VerbWords } from './completion-scripts.ts';

/** @param verbs every verb, this one included */
export function completionOf(verbs: () => readonly VerbEntry[]): DefineVerb {
  return (command, context) => {
    command.addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS)).action(async (shell: Shell) => {
      const words = await Promise.all(verbs().map((entry) => wordsOf(entry, context)));
      context.world.stdout.write(completionScript(shell, words));
      context.finish(EXIT.passed);
    });
  };
}

/** As the verb itself defines them. */
async function wordsOf({ name, summary, load }: VerbEntry, context: VerbContext): Promise<VerbWords> {
  const command = new Command(name);
  (await load())(command, context);
  const all = [command, ...command.commands];
  return {
    name,
    summary,
    actions: command.commands.map((action) => action.name()),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    options: all.flatMap(({ options }) =>
      options.flatMap(({ long, description, argChoices, required, optional }) =>
        long === undefined || long === null
          ? []
          : [{ name: long, description, takesValue: required || optional, choices: argChoices ?? [] }],
      ),
    ),
  };
}
