/** `conform <name|dir>`. */
import { type Command, Option } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import { CLEANUPS, type Cleanup, type ConformRequest } from '../cluster-requests.ts';
import { RUN_FORMATS } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { isContinuousIntegration, progressReaderFor } from '../talk/talk.ts';
import { addPlanOptions, type PlanOptions, planRequest } from './conform-options.ts';
import { type RunOptions, runAndShow, withPushOption } from './run-and-show.ts';
import { type VerbContext, withTalkOptions } from './verb.ts';

interface ConformOptions extends PlanOptions, RunOptions {
  readonly cleanup?: Cleanup;
  readonly keep?: boolean;
  readonly changedSince?: string;
}

/** Adds `conform`. Its action rejects with HarnessError: OPTION_USELESS (exit 2), and as runAndShow. */
export function defineConform(command: Command, context: VerbContext): void {
  const { world, services, finish } = context;
  addPlanOptions(command)
    .addOption(
      new Option(
        '--cleanup <when>',
        'remove the cluster at the end (default: on-success on a terminal, always in CI)',
      ).choices(CLEANUPS),
    )
    .option(
      '--changed-since <ref>',
      'judge nothing where what the profile proves is as it was at this commit or branch',
    )
    .addOption(new Option('--keep', 'the same as --cleanup never').conflicts('cleanup'));
  withTalkOptions(withPushOption(command), RUN_FORMATS).action(async (profile: string, options: ConformOptions) => {
    const interactive = world.stderr.isTTY && !isContinuousIntegration(world);
    const cleanup = options.keep ? 'never' : (options.cleanup ?? (interactive ? 'on-success' : 'always'));
    const request = { ...planRequest(context, profile, options), cleanup };
    if (options.changedSince !== undefined && (await isUnchanged(context, options, request, options.changedSince))) {
      world.stderr.write(
        `nothing that ${profile} proves has changed since ${options.changedSince}: no claim was judged\n`,
      );
      return finish(EXIT.passed);
    }
    return runAndShow(context, options, (progress) => services.conform(request, progress));
  });
}

async function isUnchanged(
  { world, services }: VerbContext,
  options: ConformOptions,
  request: ConformRequest,
  reference: string,
): Promise<boolean> {
  const readers = progressReaderFor(world, options);
  try {
    return await services.isUnchangedSince(request, reference, createProgress(world.now, readers));
  } finally {
    for (const reader of readers) reader.close();
  }
}
