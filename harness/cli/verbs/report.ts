/** `report RUN_DIR`: remakes all reports of a run, offline, and shows its verdict again. Its exit code is the run's. */

import path from 'node:path';
import type { Command } from 'commander';
import { RUN_FORMATS } from '../talk/output-targets.ts';
import { runAndShow } from './run-and-show.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

/**
 * Adds `report`. Its action rejects with HarnessError: as parseOutputs and deliver, and for a directory that holds no
 * finished run.
 */
export function defineReport(command: Command, context: VerbContext): void {
  command
    .argument('<run-dir>', 'directory of the run, as it named it at its end')
    .option('--without-evidence', 'do not compare the evidence files with the hashes that the run recorded');
  withTalkOptions(command, RUN_FORMATS).action(
    (directory: string, options: TalkOptions & { readonly withoutEvidence?: boolean }) =>
      runAndShow(context, options, () =>
        context.services.remakeReport({
          runDirectory: path.resolve(context.world.cwd, directory),
          checkEvidence: !options.withoutEvidence,
        }),
      ),
  );
}
