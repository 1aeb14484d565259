/** `down`: removes a cluster and everything it left, whatever was killed before. */
import { type Command, Option } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import { PROVIDERS, type ProviderName } from '../cluster-requests.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { progressReaderFor } from '../talk/talk.ts';
import { clusterName } from './cluster-name.ts';
import { DEFAULT_CLUSTER_NAME } from './up.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

interface DownOptions extends TalkOptions {
  readonly name?: string;
  readonly all?: boolean;
  readonly orphans?: boolean;
  readonly force?: boolean;
  readonly provider?: ProviderName;
}

/**
 * Adds `down`. Nothing to remove is no error; its action rejects as parseOutputs and deliver, and as the provider's
 * `down`.
 */
export function defineDown(command: Command, { world, services, finish }: VerbContext): void {
  command
    .addOption(
      new Option('--name <cluster>', `name of the cluster (default: ${DEFAULT_CLUSTER_NAME})`)
        .argParser(clusterName)
        .conflicts(['all', 'orphans']),
    )
    .addOption(new Option('--all', 'every cluster of this user').conflicts('orphans'))
    .option('--orphans', 'only what a killed run left: without a supervisor, half made, or past its time')
    .addOption(new Option('--force', 'also a cluster that a run is using').conflicts('orphans'))
    .addOption(new Option('--provider <provider>', 'only clusters of this provider').choices(PROVIDERS));
  withTalkOptions(command, TABLE_FORMATS).action(async (options: DownOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const readers = progressReaderFor(world, options);
    const which = options.all ? 'all' : options.orphans ? 'orphans' : { name: options.name ?? DEFAULT_CLUSTER_NAME };
    let removed: readonly string[];
    try {
      removed = await services.down(
        {
          which,
          ...(options.force ? { force: true } : {}),
          ...(options.provider ? { provider: options.provider } : {}),
        },
        createProgress(world.now, readers),
      );
    } finally {
      for (const reader of readers) reader.close();
    }
    for (const target of targets)
      await deliver(
        world,
        target,
        target.format === 'json'
          ? `${JSON.stringify({ removed }, null, 2)}\n`
          : removed.length === 0
            ? 'nothing to remove\n'
            : removed.map((name) => `removed ${name}\n`).join(''),
      );
    finish(EXIT.passed);
  });
}
