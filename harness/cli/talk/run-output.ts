/** Shows a finished run in every format that was asked for, and says how it ended as an exit code. */
import { EXIT, type ExitCode } from '../../errors/harness-error.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import type { TalkOptions } from '../verbs/verb.ts';
import type { World } from '../world.ts';
import { mainReport, reportText } from './main-report.ts';
import { deliver, forStdout, type OutputTarget, type RunFormat } from './output-targets.ts';
import type { ProgressEvent, ProgressReader } from './progress-events.ts';
import { hasColour, hasUnicode } from './talk.ts';

const REPORT_FILE: Readonly<Record<'json' | 'junit' | 'markdown', string>> = {
  json: 'result.json',
  junit: 'junit.xml',
  markdown: 'summary.md',
};

/** Every `-o` of a verb that makes a run. */
export type RunTargets = readonly OutputTarget<RunFormat>[];

/**
 * Writes each output; the verdict and the path of the report to stderr where stdout does not say them.
 * @throws HarnessError OUTPUT_UNWRITABLE (exit 3), REPORT_MISSING (exit 70)
 */
export async function showRun(
  world: World,
  targets: RunTargets,
  options: TalkOptions,
  product: RunProduct,
  events: EventLines,
): Promise<void> {
  for (const target of targets) {
    switch (target.format) {
      case 'human':
        await deliver(world, target, await humanText(world, target, options, product));
        break;
      case 'ndjson': {
        const { renderNdjson } = await import('../../../reports/text/ndjson-lines.ts');
        await deliver(world, target, `${events.lines.join('')}${renderNdjson(product.report)}`);
        break;
      }
      case 'github': {
        const { writeGithubOutput } = await import('./github-output.ts');
        await writeGithubOutput(world, target, product);
        break;
      }
      default:
        await deliver(world, target, reportText(product, REPORT_FILE[target.format]));
    }
  }
  const saidOnStdout = targets.some(({ format, path: file }) => format === 'human' && file === undefined);
  if (options.quiet || saidOnStdout) return;
  // whoever has the output in a file must not have to open it to learn how it ended
  const { outcome, headline } = product.report;
  world.stderr.write(`${outcome}: ${headline}\nreport: ${mainReport(product)}\n`);
}

async function humanText(
  world: World,
  target: OutputTarget<RunFormat>,
  options: TalkOptions,
  product: RunProduct,
): Promise<string> {
  const { renderTerminalSummary } = await import('../../../reports/text/terminal-summary.ts');
  const toFile = target.path !== undefined;
  return renderTerminalSummary(product.report, {
    width: (toFile ? undefined : world.stdout.columns) ?? 100,
    colour: !toFile && hasColour(world, world.stdout, options),
    ascii: !toFile && !hasUnicode(world),
    reportPath: mainReport(product),
  });
}

/** Keeps each event as a JSON line; on stdout it appears as it happens; what goes into a file is kept for the end. */
export interface EventLines extends ProgressReader {
  readonly lines: readonly string[];
}

/** @param targets decide whether lines are printed, kept or dropped */
export function createEventLines(world: World, targets: RunTargets): EventLines {
  const toStdout = targets.some((target) => target.format === 'ndjson' && target.path === undefined);
  const toFile = targets.some((target) => target.format === 'ndjson' && target.path !== undefined);
  const lines: string[] = [];
  return {
    lines,
    read(event: ProgressEvent) {
      const line = `${JSON.stringify(event)}\n`;
      if (toStdout) world.stdout.write(forStdout('ndjson', line));
      if (toFile) lines.push(line);
    },
    close: () => undefined,
  };
}

/** Undecided because time ran out: of one split, or of the whole run before every claim was judged. */
function spentItsTime({ claims, splits }: RunProduct['report']): boolean {
  return (
    splits.some(({ reason }) => reason === 'time-budget') ||
    claims.some(({ sentence }) => /^(Not judged|Cut short): the time budget/.test(sentence))
  );
}

/** Of the verdict: 0, 1, 4, 5, or 6 when it is undecided because time ran out. */
export function exitCodeOf(product: RunProduct): ExitCode {
  const { report } = product;
  switch (report.outcome) {
    case 'passed':
      return EXIT.passed;
    case 'failed':
      return EXIT.failed;
    case 'invalid':
      return EXIT.invalid;
    case 'inconclusive':
      return spentItsTime(report) ? EXIT.budget : EXIT.inconclusive;
  }
}
