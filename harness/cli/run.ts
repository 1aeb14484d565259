/** `run(world, argv)`: the whole command line as one function that returns its exit code and never exits. */
import { Command, CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../errors/harness-error.ts';
import { HiddenWords } from '../errors/hidden-words.ts';
import type { Services } from './services.ts';
import { formatFailure } from './talk/failure.ts';
import { maskSecrets } from './talk/mask-secrets.ts';
import { stderrSink } from './talk/stderr-sink.ts';
import type { DefineVerb, VerbContext, VerbEntry } from './verbs/verb.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

/** Each verb's file is read only when it is asked for, so that `--help` answers at once. */
const VERBS: readonly VerbEntry[] = [
  {
    name: 'conform',
    summary: 'prove every claim of a profile on a fresh cluster',
    example: 'canaryproof conform bookinfo --claim bookinfo/split-90-10',
    load: async () => (await import('./verbs/conform.ts')).defineConform,
  },
  {
    name: 'assert-split',
    summary: 'prove the traffic split of any HTTP endpoint',
    example: 'canaryproof assert-split --url http://127.0.0.1:8080/ --expect v1=90,v2=10 --identify header:x-version',
    load: async () => (await import('./verbs/assert-split.ts')).defineAssertSplit,
  },
  {
    name: 'capacity',
    summary: 'find the highest load at which an HTTP endpoint holds an objective, as a bracket',
    example: "canaryproof capacity --url https://shop.example.com/ --objective 'p95<500ms'",
    load: async () => (await import('./verbs/capacity.ts')).defineCapacity,
  },
  {
    name: 'up',
    summary: 'bring a cluster up, or converge one that is there',
    example: 'canaryproof up --name staging',
    load: async () => (await import('./verbs/up.ts')).defineUp,
  },
  {
    name: 'down',
    summary: 'remove a cluster and everything it left',
    example: 'canaryproof down --name staging',
    load: async () => (await import('./verbs/down.ts')).defineDown,
  },
  {
    name: 'status',
    onlyReads: true,
    summary: 'list the clusters on this machine',
    example: 'canaryproof status',
    load: async () => (await import('./verbs/status.ts')).defineStatus,
  },
  {
    name: 'doctor',
    onlyReads: true,
    summary: 'say what this machine lacks, and how to get it',
    example: 'canaryproof doctor',
    load: async () => (await import('./verbs/doctor.ts')).defineDoctor,
  },
  {
    name: 'plan',
    onlyReads: true,
    summary: 'show what conform would do, and do none of it',
    example: 'canaryproof plan gridos --assurance smoke',
    load: async () => (await import('./verbs/plan.ts')).definePlan,
  },
  {
    name: 'init',
    summary: 'read a GitOps repository, and write a profile of what can be proven in it',
    example: 'canaryproof init --yes',
    load: async () => (await import('./verbs/init.ts')).defineInit,
  },
  {
    name: 'lint',
    onlyReads: true,
    summary: 'say what is wrong with a repository of manifests, and what a change to it does',
    example: 'canaryproof lint --changed-since origin/main -o sarif=lint.sarif',
    load: async () => (await import('./verbs/lint.ts')).defineLint,
  },
  {
    name: 'simulate',
    onlyReads: true,
    summary: 'how often would this policy roll back a good canary, and promote a bad one?',
    example: 'canaryproof simulate gridos --traffic 50/s --error-rate 0.2% --canary-error-rate 5%',
    load: async () => (await import('./verbs/simulate/simulate.ts')).defineSimulate,
  },
  {
    name: 'matrix',
    summary: 'run a profile on several releases of a component, and show which claims hold where',
    example: 'canaryproof matrix gridos --vary argo-rollouts=1.8.5,1.9.2',
    load: async () => (await import('./verbs/matrix/matrix.ts')).defineMatrix,
  },
  {
    name: 'bisect',
    summary: 'find the first release of a component, or the first commit, on which a claim fails',
    example: 'canaryproof bisect gridos --vary argo-rollouts=1.7.2..1.9.2 --claim canary-steps',
    load: async () => (await import('./verbs/ci/bisect.ts')).defineBisect,
  },
  {
    name: 'report',
    summary: 'remake the reports of a run, offline',
    example: 'canaryproof report runs/20261121-120320-7f3a91',
    load: async () => (await import('./verbs/report.ts')).defineReport,
  },
  {
    name: 'watch',
    onlyReads: true,
    summary: 'serve the growing report of a run on loopback, for a browser',
    example: 'canaryproof watch --latest',
    load: async () => (await import('./verbs/watch.ts')).defineWatch,
  },
  {
    name: 'images',
    summary: 'build the images of a kind cluster offline, list them, load them, remove them',
    example: 'canaryproof images build --only istiod',
    load: async () => (await import('./verbs/images.ts')).defineImages,
  },
  {
    name: 'toolchain',
    summary: 'the built programs as one file: for caches of CI, and for sites without a network',
    load: async () => (await import('./verbs/ci/toolchain.ts')).defineToolchain,
  },
  {
    name: 'compare',
    onlyReads: true,
    summary: 'set two runs side by side: the same claims, the same verdicts?',
    example: 'canaryproof compare runs/20261121-120320-7f3a91 --base origin/main',
    load: async () => (await import('./verbs/compare.ts')).defineCompare,
  },
  {
    name: 'history',
    summary: 'the kept runs of every claim: since when it fails, what changed there, what is flaky',
    load: async () => (await import('./verbs/ci/history.ts')).defineHistory,
  },
  {
    name: 'comment',
    summary: 'one comment under a pull request, edited in place: what the change does, and the verdicts',
    load: async () => (await import('./verbs/ci/comment.ts')).defineComment,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a document',
    example: 'canaryproof schema profile',
    load: async () => (await import('./verbs/schema.ts')).defineSchema,
  },
  {
    name: 'config',
    onlyReads: true,
    summary: 'show the flags that would count, and with --origin where each is from',
    example: 'canaryproof config print conform --origin',
    load: async () => (await import('./verbs/config.ts')).configOf(() => VERBS),
  },
  {
    name: 'completion',
    summary: 'a script that completes verbs and options in your shell',
    example: 'canaryproof completion bash > /etc/bash_completion.d/canaryproof',
    load: async () => (await import('./verbs/ci/completion.ts')).completionOf(() => VERBS),
  },
];

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
