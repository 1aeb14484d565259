/** `conform <name|dir>`. */
import { type Command, Option } from 'commander';
import { CLEANUPS, type Cleanup } from '../services.ts';
import { RUN_FORMATS } from '../talk/output-targets.ts';
import { isContinuousIntegration } from '../talk/talk.ts';
import { addPlanOptions, type PlanOptions, planRequest } from './conform-options.ts';
import { type RunOptions, runAndShow, withPushOption } from './run-and-show.ts';
import { type VerbContext, withTalkOptions } from './verb.ts';

interface ConformOptions extends PlanOptions, RunOptions {
  readonly cleanup?: Cleanup;
  readonly keep?: boolean;
}

/** Adds `conform`. Its action rejects with HarnessError: OPTION_USELESS (exit 2), and as runAndShow. */
export function defineConform(command: Command, context: VerbContext): void {
  const { world, services } = context;
  addPlanOptions(command)
    .addOption(
      new Option(
        '--cleanup <when>',
        'remove the cluster at the end (default: on-success on a terminal, always in CI)',
      ).choices(CLEANUPS),
    )
    .addOption(new Option('--keep', 'the same as --cleanup never').conflicts('cleanup'));
  withTalkOptions(withPushOption(command), RUN_FORMATS).action((profile: string, options: ConformOptions) => {
    const interactive = world.stderr.isTTY && !isContinuousIntegration(world);
    const cleanup = options.keep ? 'never' : (options.cleanup ?? (interactive ? 'on-success' : 'always'));
    const request = { ...planRequest(context, profile, options), cleanup };
    return runAndShow(context, options, (progress) => services.conform(request, progress));
  });
}
