/** `lint [PATH…]`: what is wrong with a repository, and what a change to it does; no cluster, no profile. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { LintReport } from '../../../reports/model/lint-report.ts';
import { EXIT } from '../../errors/harness-error.ts';
import { deliver, type OutputTarget, parseOutputs } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { hasColour, hasUnicode, progressReaderFor } from '../talk/talk.ts';
import type { World } from '../world.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

const FORMATS = ['human', 'json', 'junit', 'sarif', 'github', 'markdown'] as const;
type Format = (typeof FORMATS)[number];

interface LintOptions extends TalkOptions {
  readonly changedSince?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly failOn: 'error' | 'warning';
}

/** Adds `lint`. Exit 1 where findings count (`--fail-on`); its action rejects with HarnessError for bad input (exit 2). */
export function defineLint(command: Command, { world, services, finish }: VerbContext): void {
  command
    .argument('[path...]', 'files or folders of one repository; its Applications are looked for in all of it', [])
    .option('--changed-since <ref>', 'judge both sides of the change since this commit: only new findings count')
    .option('--baseline <file>', 'findings in this file are known and do not count')
    .option('--write-baseline <file>', 'write what is found now as the baseline, and exit 0')
    .addOption(new Option('--fail-on <severity>', 'what exits 1').choices(['error', 'warning']).default('error'))
    .addHelpText(
      'after',
      `
A comment in a manifest silences one finding, with a reason: # canaryproof-ignore CODE why it is meant so
Exit codes: 0 nothing new, 1 findings that count, 2 usage, 3 environment.`,
    );
  withTalkOptions(command, FORMATS).action(async (paths: readonly string[], options: LintOptions) => {
    const targets = parseOutputs(options.output, FORMATS, world.cwd);
    const absolute = (name: string | undefined) => (name === undefined ? undefined : path.resolve(world.cwd, name));
    const readers = progressReaderFor(world, options);
    const report = await services
      .lint(
        {
          paths: paths.length === 0 ? [world.cwd] : (paths.map((one) => path.resolve(world.cwd, one)) as [string]),
          changedSince: options.changedSince,
          baseline: absolute(options.baseline),
          writeBaseline: absolute(options.writeBaseline),
          failOn: options.failOn,
        },
        createProgress(world.now, readers),
      )
      .finally(() => {
        for (const reader of readers) reader.close();
      });
    for (const target of targets) await deliver(world, target, await rendered(world, target, report, options));
    finish(report.outcome === 'failed' ? EXIT.failed : EXIT.passed);
  });
}

async function rendered(
  world: World,
  target: OutputTarget<Format>,
  report: LintReport,
  options: LintOptions,
): Promise<string> {
  const toFile = target.path !== undefined;
  switch (target.format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'junit':
      return (await import('../../../reports/junit/lint-junit.ts')).renderLintJunit(report);
    case 'sarif':
      return (await import('../../../reports/sarif/sarif-log.ts')).renderSarif(report);
    case 'github':
      return (await import('../../../reports/text/lint-github.ts')).renderLintGithub(report);
    case 'markdown':
      return (await import('../../../reports/text/lint-markdown.ts')).renderLintMarkdown(report);
    case 'human':
      return (await import('../../../reports/text/lint-text.ts')).renderLintText(report, {
        width: (toFile ? undefined : world.stdout.columns) ?? 100,
        ascii: !toFile && !hasUnicode(world),
        colour: !toFile && hasColour(world, world.stdout, options),
        verbose: options.verbose === true,
      });
  }
}
