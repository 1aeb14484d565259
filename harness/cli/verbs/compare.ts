/** `compare RUN_A [RUN_B]`: the same claims, the same verdicts? Exit 0 when they agree, 1 when they do not. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ReportComparison } from '../../../reports/model/compare/compare-reports.ts';
import { EXIT, usageError } from '../../errors/harness-error.ts';
import { deliver, type OutputTarget, parseOutputs } from '../talk/output-targets.ts';
import { hasUnicode } from '../talk/talk.ts';
import type { World } from '../world.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

const FORMATS = ['human', 'markdown', 'json', 'html'] as const;
type Format = (typeof FORMATS)[number];

interface CompareOptions extends TalkOptions {
  readonly base?: string;
  readonly history: string;
}

/**
 * Adds `compare`. Its action rejects with HarnessError: as parseOutputs and deliver, and for runs that cannot be read
 * or compared.
 */
export function defineCompare(command: Command, { world, services, finish }: VerbContext): void {
  command
    .argument('<run-a>', 'directory of a run, or its result.json')
    .argument('[run-b]', 'directory of the other run (default: the last passed run of the same subject beside run-a)')
    .option('--base <ref>', 'instead of run-b: the last run that proved this commit or branch')
    .option('--history <dir>', 'where the commits of runs are kept, for --base', 'history')
    .addHelpText('after', '\nExit codes: 0 the same verdicts, 1 different ones, 2 runs that cannot be compared.');
  withTalkOptions(command, FORMATS).action(
    async (first: string, second: string | undefined, options: CompareOptions) => {
      if (second !== undefined && options.base !== undefined)
        throw usageError('COMPARE_TWO_BASES', 'run-b and --base both say what to compare with', {
          hint: 'Leave one out.',
        });
      const targets = parseOutputs(options.output, FORMATS, world.cwd);
      const comparison = await services.compare({
        first: path.resolve(world.cwd, first),
        second: second === undefined ? undefined : path.resolve(world.cwd, second),
        base: options.base,
        history: path.resolve(world.cwd, options.history),
      });
      for (const target of targets) await deliver(world, target, await rendered(world, target, comparison));
      finish(comparison.agrees ? EXIT.passed : EXIT.failed);
    },
  );
}

async function rendered(world: World, target: OutputTarget<Format>, comparison: ReportComparison): Promise<string> {
  const toFile = target.path !== undefined;
  switch (target.format) {
    case 'json':
      return `${JSON.stringify(comparison, null, 2)}\n`;
    case 'markdown':
      return (await import('../../../reports/text/comparison-markdown.ts')).renderComparisonMarkdown(comparison);
    case 'html':
      return (await import('../../../reports/html/comparison-page.ts')).renderComparisonPage(comparison);
    case 'human':
      return (await import('../../../reports/text/comparison-text.ts')).renderComparisonText(comparison, {
        width: (toFile ? undefined : world.stdout.columns) ?? 100,
        ascii: !toFile && !hasUnicode(world),
      });
  }
}
