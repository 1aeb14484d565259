/** `run(world, argv)`: the whole command line as one function that returns its exit code and never exits. */
import { Command, CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../errors/harness-error.ts';
import { HiddenWords } from '../errors/hidden-words.ts';
import type { Services } from './services.ts';
import { formatFailure } from './talk/failure.ts';
import { maskSecrets } from './talk/mask-secrets.ts';
import { stderrSink } from './talk/stderr-sink.ts';
import { VERBS } from './verb-list.ts';
import type { DefineVerb, VerbContext } from './verbs/verb.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

const EXIT_CODES_HELP = `
Exit codes:
  0 passed   1 a claim failed   2 usage or configuration   3 environment   4 inconclusive
  5 evidence invalid   6 time budget spent   70 internal error   130 or 143 interrupted`;

/** Help and version end by this "error", which is none. */
const CALM_ENDS: readonly string[] = ['commander.helpDisplayed', 'commander.version', 'commander.help'];

/**
 * Runs one command line; whatever goes wrong is told on stderr, with its hint, and as the exit code: it never rejects for
 * the user's mistakes or the environment's.
 *
 * @param services undefined: the real ones, connected when the verb calls them
 */
export async function run(given: World, argv: readonly string[], services?: Services): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.internal;
  const hidden = new HiddenWords();
  const world = { ...given, stderr: stderrSink(given.stderr, (text) => hidden.hide(text)) };
  try {
    const { program, words } = await buildProgram({ world, argv, services, hidden }, (code) => {
      exitCode = code;
    });
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    const ended = program.parseAsync([...words], { from: 'user' });
    const onlyReads = VERBS.some((verb) => verb.name === argv[0] && verb.onlyReads);
    await (onlyReads ? Promise.race([ended, interrupted(world)]) : ended);
    return world.interruption.exitCode() ?? exitCode;
  } catch (error) {
    if (error instanceof CommanderError && CALM_ENDS.includes(error.code)) return EXIT.passed;
    const verbose = argv.includes('-v') || argv.includes('--verbose');
    const failure = formatFailure(error, { verbose, interrupted: world.interruption.signal.aborted });
    world.stderr.write(failure.text);
    return world.interruption.exitCode() ?? failure.exitCode;
  }
}

/** Rejects when the world is interrupted, and never resolves. */
function interrupted({ interruption: { signal } }: World): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

interface Invocation {
  readonly world: VerbContext['world'];
  readonly argv: readonly string[];
  readonly services: Services | undefined;
  readonly hidden: HiddenWords;
}

async function buildProgram(
  { world, argv, services, hidden }: Invocation,
  finish: (exitCode: ExitCode) => void,
): Promise<{ readonly program: Command; readonly words: readonly string[] }> {
  let words = argv;
  const program = new Command('canaryproof')
    .description(
      'Proves, with real traffic and stated error rates, that a progressive-delivery set-up does what it declares.',
    )
    .version(version, '-V, --version')
    .addHelpText('after', EXIT_CODES_HELP);
  quieten(program, world);
  const asked = argv[0] === 'help' ? argv[1] : argv[0];
  for (const { name, summary, example, load } of VERBS) {
    const command = program.command(name).description(summary);
    quieten(command, world);
    if (name === asked) await defineAsked(command, await load());
    if (name === asked && example !== undefined) command.addHelpText('after', `\nExample:\n  ${example}`);
  }
  return { program, words };

  async function defineAsked(command: Command, define: DefineVerb): Promise<void> {
    const file = configNamed(argv);
    define(command, {
      world,
      // with the flags of the file, so that what reproduces a run needs no other file
      get commandLine() {
        return ['canaryproof', ...maskSecrets(words)];
      },
      ...(file === undefined ? {} : { configFile: file }),
      hidden,
      services: services ?? (await import('./compose/composition.ts')).createServices(world),
      finish,
    });
    if (command.name() !== 'config')
      command.option(
        '--config <file>',
        'flags from a YAML file, under the name of the verb; what is typed goes before it',
      );
    if (file === undefined) return;
    const { flagsNotTyped, takeConfig } = await import('./config/with-config.ts');
    const [verb = '', ...typed] = takeConfig(argv).words;
    const names = VERBS.map(({ name }) => name);
    const flags =
      command.name() === 'config' ? [] : await flagsNotTyped(command, typed, { file, cwd: world.cwd, verbs: names });
    words = [verb, ...flags.flatMap((one) => one.words), ...typed];
  }
}

/** What follows the last `--config`; the file itself is read only where one is named. */
function configNamed(argv: readonly string[]): string | undefined {
  const at = argv.findLastIndex((word) => word === '--config' || word.startsWith('--config='));
  const word = argv[at];
  return word === '--config' ? argv[at + 1] : word?.slice('--config='.length);
}

/** Text goes to the world's streams, errors come back as exceptions: `run` prints them in the one format. */
function quieten(command: Command, world: World): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => world.stdout.write(text),
    writeErr: (text) => world.stderr.write(text),
    outputError: () => undefined,
    getOutHelpWidth: () => world.stdout.columns ?? 100,
    getErrHelpWidth: () => world.stderr.columns ?? 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
}
