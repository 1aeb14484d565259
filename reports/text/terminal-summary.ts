/** The run for people at a terminal: the verdict first, then what it rests on, then what to do. */
import { styleText } from 'node:util';
import { firstSentence, onePerCause } from '../model/causes/causes.ts';
import { tidyNumbers } from '../model/causes/tidy-numbers.ts';
import { mapStrings, onOneLine } from '../model/control-characters.ts';
import { formatCount, formatDuration } from '../model/figures.ts';
import { pointerText } from '../model/finding-pointers.ts';
import { OUTCOME_GLYPH, OUTCOME_ORDER, PATH_TITLE } from '../model/outcome-words.ts';
import type { FindingReport, OutcomeReport, RunReport } from '../model/run-report.ts';
import { splitLine } from '../model/split-reading.ts';
import { toAscii } from './ascii-text.ts';
import { displayWidth } from './display-width.ts';
import { rolloutLines } from './rollout-lines.ts';
import { wrapText } from './wrapped-lines.ts';

export interface TerminalOptions {
  /** Columns of the terminal; 80 when it is not known. */
  readonly width: number;
  /** False under NO_COLOR, TERM=dumb or when the output is no terminal; decided by the caller. */
  readonly colour: boolean;
  /** True where Unicode cannot be shown. */
  readonly ascii: boolean;
  /** Path of report.html, printed last. */
  readonly reportPath?: string;
}

type Style = 'green' | 'red' | 'yellow' | 'magenta' | 'cyan' | 'bold' | 'dim';
type Colour = Style | Style[];
const COLOUR: Readonly<Record<OutcomeReport, Style>> = {
  passed: 'green',
  failed: 'red',
  inconclusive: 'yellow',
  invalid: 'magenta',
};
const ASCII_GLYPH: Readonly<Record<OutcomeReport, string>> = {
  passed: '[ok]',
  failed: '[FAIL]',
  inconclusive: '[?]',
  invalid: '[!]',
};
const SEVERITY_COLOUR: Readonly<Record<FindingReport['severity'], Colour>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
};
const WIDEST = 120;

export function renderTerminalSummary(given: RunReport, options: TerminalOptions): string {
  const report = mapStrings(given, onOneLine);
  const width = Math.max(40, Math.min(WIDEST, options.width));
  /** Narrow no-break spaces stay unbreakable until the lines are made. */
  const say = (text: string) =>
    text
      .split(/[\u202f\u00a0]/)
      .map((part) => (options.ascii ? toAscii(part) : part))
      .join('\u00a0');
  const paint = (colour: Colour, text: string) =>
    options.colour ? styleText(colour, text, { validateStream: false }) : text;
  const glyph = (outcome: OutcomeReport) => (options.ascii ? ASCII_GLYPH[outcome] : OUTCOME_GLYPH[outcome]);
  /** A first line with a coloured lead, later lines indented under the text. */
  const item = (lead: string, colour: Colour, text: string, indent = 2): string[] => {
    const hang = indent + displayWidth(lead) + 1;
    return wrapText(say(text), width - hang).map((line, index) =>
      index === 0 ? `${' '.repeat(indent)}${paint(colour, lead)} ${line}` : `${' '.repeat(hang)}${line}`,
    );
  };
  const lines = [
    '',
    ...item(
      `${glyph(report.outcome)} ${report.outcome.toUpperCase()}:`,
      ['bold', COLOUR[report.outcome]],
      tidyNumbers(report.headline),
      0,
    ),
    ...(report.run.interrupted ? item('!', 'yellow', 'This run was interrupted: the results are partial.') : []),
    '',
    ...claimLines(report, width, say, paint, glyph),
    ...report.splits.flatMap((split) => [
      ...item(glyph(split.outcome), COLOUR[split.outcome], `${split.title} (${PATH_TITLE[split.path]})`),
      ...wrapText(say(unbrokenParts(splitLine(split))), width - 4).map((line) => `    ${line}`),
    ]),
    ...(report.splits.length === 0 ? [] : ['']),
    ...rolloutLines(report).flatMap((line) =>
      item(
        line.outcome === undefined ? '-' : glyph(line.outcome),
        line.outcome === undefined ? 'dim' : COLOUR[line.outcome],
        line.text,
      ),
    ),
    ...(rolloutLines(report).length === 0 ? [] : ['']),
    ...findingLines(report.findings, item),
  ];
  const closing: [string, string][] = [['reproduce', report.run.reproduce]];
  if (options.reportPath !== undefined) closing.push(['report', onOneLine(options.reportPath)]);
  for (const [name, value] of closing) lines.push(`${paint('dim', `${name}:`.padEnd(10))} ${value}`);
  return `${lines.map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n')}\n`;
}

function claimLines(
  report: RunReport,
  width: number,
  say: (text: string) => string,
  paint: (colour: Colour, text: string) => string,
  glyph: (outcome: OutcomeReport) => string,
): string[] {
  if (report.claims.length === 0) return [say('  No claim was judged.'), ''];
  const sorted = report.claims.toSorted((a, b) => OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome));
  const leadWidth = Math.max(...sorted.map((claim) => displayWidth(`${glyph(claim.outcome)} ${claim.outcome}`)));
  const rows = sorted.flatMap((claim) => {
    const lead = `${glyph(claim.outcome)} ${claim.outcome}`;
    const pad = ' '.repeat(leadWidth - displayWidth(lead));
    const took = say(formatDuration(claim.durationMs));
    const room = width - leadWidth - 5;
    const title = wrapText(say(claim.title), room - displayWidth(took) - 2);
    const sentence = wrapText(say(claimWords(claim)), room);
    const gap = ' '.repeat(Math.max(1, room - displayWidth(title[0] ?? '') - displayWidth(took)));
    return [
      `  ${paint(COLOUR[claim.outcome], lead)}${pad}  ${paint('bold', title[0] ?? '')}${gap}${paint('dim', took)}`,
      ...title.slice(1).map((line) => `${' '.repeat(leadWidth + 4)}${paint('bold', line)}`),
      ...sentence.map((line) => `${' '.repeat(leadWidth + 4)}${paint('dim', line)}`),
    ];
  });
  return [...rows, ''];
}

const WALL = 320;

/** A wall of sentences is not read at a terminal: the first one, and where the others are. */
function claimWords({ sentence }: RunReport['claims'][number]): string {
  const text = tidyNumbers(sentence);
  const first = firstSentence(text);
  return text.length <= WALL || first === text ? text : `${first} (more in the report)`;
}

function findingLines(
  findings: readonly FindingReport[],
  item: (lead: string, colour: Colour, text: string, indent?: number) => string[],
): string[] {
  if (findings.length === 0) return [];
  const sorted = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((one) => one.severity === severity),
  );
  return [
    ...onePerCause(sorted).flatMap(({ finding, count }) => [
      ...item(
        `${finding.severity}:`,
        SEVERITY_COLOUR[finding.severity],
        `${tidyNumbers(finding.sentence)} (${count === 1 ? '' : `${formatCount(count)} times, `}${finding.layer}, ${finding.code}${finding.where === undefined ? '' : `, ${finding.where}`}${pointers(finding)})`,
      ),
      ...(finding.hint === undefined ? [] : item('hint:', 'cyan', finding.hint, 4)),
    ]),
    '',
  ];
}

function pointers(finding: FindingReport): string {
  const text = pointerText(finding);
  return text === undefined ? '' : `; ${text}`;
}

/** `a b · c d` breaks only before the dots. */
function unbrokenParts(line: string): string {
  return line
    .split(' · ')
    .map((part) => part.replaceAll(' ', '\u00a0'))
    .join(' ·\u00a0');
}
