/** `history [PROFILE]`: the kept runs of every claim. Exit 0, or 5 when part of the history cannot be believed. */
import path from 'node:path';
import type { Command } from 'commander';
import type { HistoryReport } from '../../../../reports/model/history/history-report.ts';
import { EXIT } from '../../../errors/harness-error.ts';
import { deliver, type OutputTarget, parseOutputs } from '../../talk/output-targets.ts';
import { appendStepSummary } from '../../talk/step-summary.ts';
import { hasUnicode } from '../../talk/talk.ts';
import type { World } from '../../world.ts';
import { collect, positiveNumber, type TalkOptions, type VerbContext, withTalkOptions } from '../verb.ts';

const FORMATS = ['human', 'markdown', 'json', 'html'] as const;
type Format = (typeof FORMATS)[number];

/** Where runs are kept unless the user says otherwise; below where the command was called. */
const HISTORY_DIRECTORY = 'history';
const SHOWN_RUNS = 30;

interface HistoryOptions extends TalkOptions {
  readonly history: string;
  readonly add?: readonly string[];
  readonly revision?: string;
  readonly claim?: readonly string[];
  readonly last: number;
  readonly issue?: boolean;
  readonly repository?: string;
}

/** Adds `history`. Its action rejects with HarnessError: as parseOutputs, deliver and the service. */
export function defineHistory(command: Command, { world, services, hidden, finish }: VerbContext): void {
  command
    .argument('[profile]', 'name of a profile, or the address that assert-split was given (default: all that is kept)')
    .option('--history <dir>', 'folder in which runs are kept', HISTORY_DIRECTORY)
    .option('--add <run-dir>', 'keep this run first; repeatable', collect)
    .option('--revision <commit>', 'the commit that the added runs proved (default: what is checked out)')
    .option('--claim <id>', 'show this claim only; repeatable', collect)
    .option('--last <runs>', 'how many runs to look at, counted from the newest', positiveNumber, SHOWN_RUNS)
    .option('--issue', 'open or edit one issue for each profile of which a claim fails (GITHUB_TOKEN)')
    .option('--repository <owner/name>', 'where issues are (default: GITHUB_REPOSITORY)')
    .addHelpText(
      'after',
      `
Example:
  canaryproof history bookinfo --add runs/20261121-120320-7f3a91 -o html=history.html

Exit codes: 0 shown, 2 nothing of that name is kept, 5 part of the history cannot be believed (the rest is shown).`,
    );
  withTalkOptions(command, FORMATS).action(async (subject: string | undefined, options: HistoryOptions) => {
    const targets = parseOutputs(options.output, FORMATS, world.cwd);
    const report = await services.history({
      folder: path.resolve(world.cwd, options.history),
      add: (options.add ?? []).map((directory) => path.resolve(world.cwd, directory)),
      revision: options.revision,
      subject,
      claims: options.claim ?? [],
      last: Math.ceil(options.last),
    });
    for (const target of targets) await deliver(world, target, await rendered(world, target, report));
    if (options.issue) {
      for (const token of [world.env.GITHUB_TOKEN, world.env.GH_TOKEN]) if (token) hidden.addNamed('token', token);
      for (const { text, posted, why } of await services.nightIssues({ report, repository: options.repository })) {
        world.stderr.write(
          posted === undefined ? `issue not posted: ${why}\n${text}` : `issue ${posted.done} ${posted.url}\n`,
        );
        if (posted === undefined) await appendStepSummary(world, text);
      }
    }
    const [problem] = report.problems;
    if (problem !== undefined) {
      const more = report.problems.length === 1 ? '' : ` (and ${report.problems.length - 1} more)`;
      world.stderr.write(`${problem.code} at ${problem.where}: ${problem.sentence}${more}\n  ${problem.hint}\n`);
    }
    finish(problem === undefined ? EXIT.passed : EXIT.invalid);
  });
}

async function rendered(world: World, target: OutputTarget<Format>, report: HistoryReport): Promise<string> {
  const toFile = target.path !== undefined;
  switch (target.format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'markdown':
      return (await import('../../../../reports/text/history-markdown.ts')).renderHistoryMarkdown(report);
    case 'html':
      return (await import('../../../../reports/html/history-page.ts')).renderHistoryPage(report);
    case 'human':
      return (await import('../../../../reports/text/history-text.ts')).renderHistoryText(report, {
        width: (toFile ? undefined : world.stdout.columns) ?? 120,
        ascii: !toFile && !hasUnicode(world),
      });
  }
}
