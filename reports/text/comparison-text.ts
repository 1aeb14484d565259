/** Two runs side by side, for people at a terminal. */
import { AGREEMENT_GLYPH, AGREEMENT_ORDER, AGREEMENT_WORD } from '../model/agreement-words.ts';
import type { ComparedBoundary, ReportComparison } from '../model/compare/compare-reports.ts';
import type { ComparedShare } from '../model/compare/compare-shares.ts';
import { mapStrings, onOneLine } from '../model/control-characters.ts';
import { formatCount, formatDuration, formatPoints, formatShare } from '../model/figures.ts';
import { toAscii } from './ascii-text.ts';
import { wrapText } from './wrapped-lines.ts';

export interface PlainTextOptions {
  readonly width: number;
  readonly ascii: boolean;
}

const ABSENT = 'not judged';

export function renderComparisonText(given: ReportComparison, options: PlainTextOptions): string {
  const comparison = mapStrings(given, onOneLine);
  const width = Math.max(40, Math.min(120, options.width));
  const say = (text: string) => (options.ascii ? toAscii(text) : text);
  const hang = (indent: number, text: string, first = '') =>
    wrapText(say(text).replaceAll('\u202f', '\u00a0'), width - indent).map((line, index) =>
      index === 0 ? `${say(first).padEnd(indent)}${line}` : `${' '.repeat(indent)}${line}`,
    );
  const { first, second } = comparison;
  const claims = comparison.claims.toSorted(
    (a, b) => AGREEMENT_ORDER.indexOf(a.agreement) - AGREEMENT_ORDER.indexOf(b.agreement),
  );
  const lines = [
    '',
    ...hang(0, `${comparison.agrees ? '✓ SAME' : '✗ DIFFERENT'}: ${comparison.sentence}`),
    ...hang(
      9,
      `${first.subject} on ${first.provider}, ${first.outcome}, ${formatDuration(first.durationMs)} (${first.id})`,
      '  first',
    ),
    ...hang(
      9,
      `${second.subject} on ${second.provider}, ${second.outcome}, ${formatDuration(second.durationMs)} (${second.id})`,
      '  second',
    ),
    '',
    ...claims.flatMap((claim) => [
      ...hang(
        4,
        `${AGREEMENT_WORD[claim.agreement]}: ${claim.title} (${claim.first?.outcome ?? ABSENT} → ${claim.second?.outcome ?? ABSENT})`,
        `  ${AGREEMENT_GLYPH[claim.agreement]}`,
      ),
      ...claim.explanations.flatMap((text) => hang(6, text, '    -')),
    ]),
    ...(comparison.shares.length === 0 ? [] : ['', 'shares']),
    ...comparison.shares.flatMap((share) => hang(4, shareLine(share), '  -')),
    ...boundaryLines(comparison, hang),
    ...(comparison.environment.length === 0 ? [] : ['', 'what else differed']),
    ...comparison.environment.flatMap((one) => hang(4, `${one.what}: ${one.first} → ${one.second}`, '  -')),
    '',
  ];
  return `${lines.map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n')}\n`;
}

function boundaryLines(
  { boundaries }: ReportComparison,
  hang: (indent: number, text: string, first?: string) => string[],
): string[] {
  if (boundaries.length === 0) return [];
  const different = boundaries.filter(({ agreement }) => agreement !== 'same');
  return [
    '',
    ...hang(0, `boundary runs: ${boundaries.length - different.length} of ${boundaries.length} the same`),
    ...different.flatMap((one) =>
      hang(
        4,
        `${one.name}, expected ${one.expected}: ${boundarySide(one.first)} → ${boundarySide(one.second)}`,
        `  ${AGREEMENT_GLYPH[one.agreement]}`,
      ),
    ),
  ];
}

/** "ingress v3: 9.7 % → 10.1 %, difference +0.4 pt [-0.9, +1.6], within noise". */
export function shareLine(share: ComparedShare): string {
  const side = (one: ComparedShare['first']) =>
    one === undefined || one.n === 0 ? 'nothing' : `${formatShare(one.share)} (n ${formatCount(one.n)})`;
  const start = `${share.title}, ${share.arm}: ${side(share.first)} → ${side(share.second)}`;
  return share.difference === undefined ? `${start}, not comparable` : `${start}, ${differenceText(share.difference)}`;
}

export function differenceText(difference: NonNullable<ComparedShare['difference']>): string {
  return `difference ${formatPoints(difference.difference)} [${formatPoints(difference.low)}, ${formatPoints(difference.high)}], ${difference.withinNoise ? 'within noise' : 'beyond noise'}`;
}

/** "aborted (failed)", or that this run did not judge it. */
export function boundarySide(side: ComparedBoundary['first']): string {
  return side === undefined ? ABSENT : `${side.observed} (${side.outcome})`;
}
