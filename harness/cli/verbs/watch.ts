/** `watch RUN_DIR` or `watch --latest`: the growing report in a browser, served on loopback until Ctrl-C. */
import path from 'node:path';
import type { Command } from 'commander';
import { EXIT, usageError } from '../../errors/harness-error.ts';
import { RUNS_DIRECTORY } from './conform-options.ts';
import { portNumber, type VerbContext } from './verb.ts';

interface WatchOptions {
  readonly latest?: boolean;
  readonly runDir: string;
  readonly port: number;
}

/** Adds `watch`. Its action rejects with HarnessError: USAGE_WHICH_RUN, and as `watch` of harness/cli/live. */
export function defineWatch(command: Command, { world, services, finish }: VerbContext): void {
  command
    .argument('[run-dir]', 'directory of the run, as it names it at its start')
    .option('--latest', 'the newest run below --run-dir')
    .option('--run-dir <dir>', 'where runs are kept', RUNS_DIRECTORY)
    .option('--port <port>', 'on 127.0.0.1; 0: any that is free', freeOrPort, 0)
    .action(async (directory: string | undefined, { latest, runDir, port }: WatchOptions) => {
      if ((directory === undefined) !== (latest === true))
        throw usageError('USAGE_WHICH_RUN', 'name one run to watch', {
          hint: 'Give its directory, or --latest for the newest one.',
        });
      await services.watch(
        {
          runDirectory: directory === undefined ? undefined : path.resolve(world.cwd, directory),
          runsDirectory: path.resolve(world.cwd, runDir),
          port,
        },
        ({ url, runDirectory }) => world.stdout.write(`${runDirectory}\n${url}\n`),
      );
      finish(EXIT.passed);
    });
}

const freeOrPort = (value: string): number => (value === '0' ? 0 : portNumber(value));
