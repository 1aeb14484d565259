/** `bisect <name|dir>`: the first release of a component, or the first commit, on which a claim fails. */
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { bisectSentences } from '../../../bisect/bisect-words.ts';
import type { ReleaseRange } from '../../../bisect/releases.ts';
import { EXIT, type ExitCode, usageError } from '../../../errors/harness-error.ts';
import type { BisectProduct, BisectRequest } from '../../cluster-requests.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../../talk/output-targets.ts';
import { createProgress } from '../../talk/progress-events.ts';
import { progressReaderFor } from '../../talk/talk.ts';
import { renderTable } from '../../talk/text-table.ts';
import { addPlanOptions, type PlanOptions, planRequest } from '../conform-options.ts';
import { type TalkOptions, type VerbContext, withTalkOptions } from '../verb.ts';

interface BisectOptions extends PlanOptions, TalkOptions {
  readonly vary?: { readonly component: string; readonly range: ReleaseRange };
  readonly commits?: { readonly good: string; readonly bad: string };
}

const EXITS = `
Exit codes: 0 found, 1 an end is not as it was said to be, 2 usage, 4 narrowed as far as it could be decided,
  130 or 143 interrupted: the same command goes on.`;

/**
 * Adds `bisect`. Its action rejects with HarnessError (exit 2) BISECT_WHAT, BISECT_ONE_CLAIM, as parseOutputs, deliver and
 * the service.
 */
export function defineBisect(command: Command, context: VerbContext): void {
  const { world, services, finish } = context;
  addPlanOptions(command)
    .addOption(
      new Option(
        '--vary <name=good..bad>',
        'releases of a component: all that are known between two, or a list good,…,bad',
      )
        .argParser(parseVaried)
        .conflicts('commits'),
    )
    .addOption(
      new Option(
        '--commits <good..bad>',
        'commits of the repository that holds the profile, along first parents',
      ).argParser(parseCommits),
    )
    .addHelpText('after', EXITS);
  withTalkOptions(command, TABLE_FORMATS).action(async (profile: string, options: BisectOptions) => {
    const over = options.vary ?? (options.commits ? { commits: options.commits } : undefined);
    if (over === undefined)
      throw usageError('BISECT_WHAT', 'it is not said what to search', {
        hint: 'Give --vary NAME=GOOD..BAD for releases of a component, or --commits GOOD..BAD.',
      });
    const [claim, ...more] = options.claim ?? [];
    if (claim === undefined || more.length > 0)
      throw usageError('BISECT_ONE_CLAIM', `a search is about one claim, not ${claim ? more.length + 1 : 'all'}`, {
        hint: 'Give --claim ID, once.',
      });
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const command = stepCommand(context.commandLine);
    const conform = { ...planRequest(context, profile, options), command };
    const product = await searched({ conform, claim, over }, options);
    for (const target of targets)
      await deliver(
        world,
        target,
        target.format === 'json' ? `${JSON.stringify(product, null, 2)}\n` : bisectText(product, world.cwd),
      );
    finish(world.interruption.exitCode() ?? exitCodeOf(product));
  });

  async function searched(request: BisectRequest, options: BisectOptions): Promise<BisectProduct> {
    const readers = progressReaderFor(world, options);
    try {
      return await services.bisect(request, createProgress(world.now, readers));
    } finally {
      for (const reader of readers) reader.close();
    }
  }
}

function exitCodeOf({ report: { end } }: BisectProduct): ExitCode {
  switch (end.kind) {
    case 'first-failed':
      return EXIT.passed;
    case 'good-fails':
    case 'bad-passes':
      return EXIT.failed;
    default:
      return EXIT.inconclusive;
  }
}

/** What reproduces one step: the same options, without those of the search. */
export function stepCommand(commandLine: readonly string[]): readonly string[] {
  const own = ['--vary', '--commits'];
  return commandLine
    .filter((word, index) => {
      const isValue = own.includes(commandLine[index - 1] ?? '');
      return !isValue && !own.some((option) => word === option || word.startsWith(`${option}=`));
    })
    .map((word, index) => (index === 1 && word === 'bisect' ? 'conform' : word));
}

function bisectText({ report, journal }: BisectProduct, cwd: string): string {
  const rows = report.candidates.map(({ shown, answer, runs }) => {
    const last = runs.at(-1);
    const tries = runs.length > 1 ? ` (${runs.map(({ outcome }) => outcome).join(', ')})` : '';
    return [shown, `${answer ?? 'not asked'}${tries}`, last?.report ? path.relative(cwd, last.report) : ''];
  });
  const reasons = report.candidates.flatMap(({ shown, runs }) => {
    const last = runs.at(-1);
    return last === undefined ? [] : [`${shown}: ${last.outcome}: ${last.sentence}`];
  });
  return [
    ...bisectSentences(report),
    '',
    renderTable([report.what, report.claim, 'report'], rows).trimEnd(),
    '',
    ...reasons,
    ...comparison(report, cwd),
    `written down: ${path.relative(cwd, journal)}`,
    '',
  ].join('\n');
}

/** The two reports that say what the difference is. */
function comparison({ end, candidates }: BisectProduct['report'], cwd: string): readonly string[] {
  if (end.kind !== 'first-failed' && end.kind !== 'narrowed') return [];
  const runs = [end.lastPassed, end.firstFailed].map((index) => candidates[index]?.runs.at(-1)?.report);
  if (runs.some((run) => run === undefined)) return [];
  return [`compare them: canaryproof compare ${runs.map((run) => path.relative(cwd, path.dirname(run!))).join(' ')}`];
}

function parseVaried(value: string): NonNullable<BisectOptions['vary']> {
  const [, component, rest] = /^([a-z0-9-]+)=(.+)$/.exec(value) ?? [];
  if (component === undefined || rest === undefined) throw new InvalidArgumentError('expected NAME=GOOD..BAD.');
  const ends = rest.split('..');
  if (ends.length === 2 && ends.every((end) => end !== ''))
    return { component, range: { good: ends[0]!, bad: ends[1]! } };
  const list = rest.split(',').map((version) => version.trim().replace(/^v/, ''));
  if (list.length < 2 || list.includes('')) throw new InvalidArgumentError('expected NAME=GOOD..BAD, or two releases.');
  const repeated = list.find((version, index) => list.indexOf(version) !== index);
  if (repeated !== undefined) throw new InvalidArgumentError(`${repeated} is named twice.`);
  return { component, range: { list } };
}

function parseCommits(value: string): NonNullable<BisectOptions['commits']> {
  const [good, bad, ...more] = value.split('..');
  if (!good || !bad || more.length > 0 || bad.startsWith('.')) throw new InvalidArgumentError('expected GOOD..BAD.');
  return { good, bad };
}
