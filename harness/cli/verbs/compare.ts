/** `compare RUN_A RUN_B`: the same claims, the same verdicts? Exit 0 when they agree, 1 when they do not. */
import path from 'node:path';
import type { Command } from 'commander';
import type { ReportComparison } from '../../../reports/model/compare-reports.ts';
import { EXIT } from '../../errors/harness-error.ts';
import { deliver, type OutputTarget, parseOutputs } from '../talk/output-targets.ts';
import { hasUnicode } from '../talk/talk.ts';
import type { World } from '../world.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

const FORMATS = ['human', 'markdown', 'json', 'html'] as const;
type Format = (typeof FORMATS)[number];

/**
 * Adds `compare`. Its action rejects with HarnessError: as parseOutputs and deliver, and for runs that cannot be read
 * or compared.
 */
export function defineCompare(command: Command, { world, services, finish }: VerbContext): void {
  command
    .argument('<run-a>', 'directory of a run, or its result.json')
    .argument('<run-b>', 'directory of the other run, or its result.json')
    .addHelpText('after', '\nExit codes: 0 the same verdicts, 1 different ones, 2 runs that cannot be compared.');
  withTalkOptions(command, FORMATS).action(async (first: string, second: string, options: TalkOptions) => {
    const targets = parseOutputs(options.output, FORMATS, world.cwd);
    const comparison = await services.compare({
      first: path.resolve(world.cwd, first),
      second: path.resolve(world.cwd, second),
    });
    for (const target of targets) await deliver(world, target, await rendered(world, target, comparison));
    finish(comparison.agrees ? EXIT.passed : EXIT.failed);
  });
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
