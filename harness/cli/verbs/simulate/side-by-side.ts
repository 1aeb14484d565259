/** `simulate … --side-by-side`: several policies on the same traffic, in tables and as a page. */
import { renderSideBySidePage } from '../../../../reports/html/simulation/side-by-side-page.ts';
import {
  type ComparedPolicy,
  comparedVerdict,
  refusedLines,
  sideBySideLine,
  sideBySideTables,
} from '../../../../reports/model/simulation/side-by-side.ts';
import { sideBySideMarkdown } from '../../../../reports/text/simulation/side-by-side-markdown.ts';
import { EXIT, type ExitCode, usageError } from '../../../errors/harness-error.ts';
import { deliver, parseOutputs } from '../../talk/output-targets.ts';
import { createProgress } from '../../talk/progress-events.ts';
import { hasUnicode, progressReaderFor } from '../../talk/talk.ts';
import { renderTable } from '../../talk/text-table.ts';
import type { VerbContext } from '../verb.ts';
import { readRecorded } from './recorded-options.ts';
import { requestOf, type SimulateOptions } from './simulate-request.ts';

const FORMATS = ['human', 'json', 'markdown', 'html'] as const;
const WRITERS: Readonly<Record<(typeof FORMATS)[number], (compared: readonly ComparedPolicy[]) => string>> = {
  human: sideBySideText,
  json: (compared) => `${JSON.stringify({ policies: compared }, null, 2)}\n`,
  markdown: sideBySideMarkdown,
  html: renderSideBySidePage,
};

export async function compareAndShow(
  sources: readonly string[],
  options: SimulateOptions,
  { world, services, finish, hidden }: VerbContext,
): Promise<void> {
  refuseOptions(options);
  const targets = parseOutputs(options.output, FORMATS, world.cwd);
  const { source: _, ...request } = requestOf('', options, readRecorded(options, { world, hidden }));
  const readers = progressReaderFor(world, options);
  let compared: readonly ComparedPolicy[];
  try {
    compared = await services.simulateSideBySide({ ...request, sources }, createProgress(world.now, readers));
  } finally {
    for (const reader of readers) reader.close();
  }
  for (const target of targets) {
    const text = WRITERS[target.format](compared);
    const ascii = target.path === undefined && !hasUnicode(world);
    await deliver(world, target, ascii ? text.replaceAll('–', '-') : text);
  }
  finish(exitOf(compared));
}

/** One counts one policy, one names it, and a recording of a Prometheus is of one Rollout. */
function refuseOptions(options: SimulateOptions): void {
  const { part, merge, rollout, unit, fromPrometheus } = options;
  const given = {
    '--part': part,
    '--merge': merge,
    '--rollout': rollout,
    '--unit': unit,
    '--from-prometheus': fromPrometheus,
  };
  const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined)
    throw usageError('SIMULATION_SIDE_BY_SIDE', `${name} is about one policy`, {
      where: '--side-by-side',
      hint: 'Leave it out, or simulate that policy alone.',
    });
}

function exitOf(compared: readonly ComparedPolicy[]): ExitCode {
  return EXIT[comparedVerdict(compared) ?? 'passed'];
}

function sideBySideText(compared: readonly ComparedPolicy[]): string {
  const tables = sideBySideTables(compared).map(
    ({ title, rows: [header = [], ...rows] }) => `${title}\n${renderTable(header, rows)}`,
  );
  const refused = refusedLines(compared).map((line) => `${line}\n`);
  return [`${sideBySideLine(compared)}\n`, ...tables, ...(refused.length > 0 ? [refused.join('')] : [])].join('\n');
}
