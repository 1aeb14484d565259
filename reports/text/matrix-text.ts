/** Claims over runs as a table: plain text for terminals, Markdown for comments and the README. */

import type { MatrixCell, ReportMatrix } from '../model/compare/report-matrix.ts';
import { mapStrings, onOneLine } from '../model/control-characters.ts';
import { formatDuration } from '../model/figures.ts';
import { OUTCOME_GLYPH } from '../model/outcome-words.ts';
import { toAscii } from './ascii-text.ts';
import type { PlainTextOptions } from './comparison-text.ts';
import { displayWidth } from './display-width.ts';
import { ICON } from './markdown-blocks.ts';
import { markdownText } from './markdown-escape.ts';
import { wrapText } from './wrapped-lines.ts';

const WIDEST_CLAIM = 44;

/** Columns are numbered and explained below when they do not fit side by side. */
export function renderMatrixText(given: ReportMatrix, { width: columns, ascii }: PlainTextOptions): string {
  const matrix = mapStrings(given, onOneLine);
  const width = Math.max(40, columns);
  const say = (text: string) => (ascii ? toAscii(text) : text).replaceAll('\u202f', ' ');
  const glyph = (cell: MatrixCell) => (ascii ? '' : `${OUTCOME_GLYPH[cell.outcome]} `);
  const cell = (one: MatrixCell | undefined) =>
    one === undefined
      ? 'not judged'
      : `${glyph(one)}${one.outcome}${one.boundaries === undefined ? '' : ` ${one.boundaries.asDeclared}/${one.boundaries.all}`}`;
  const claimWidth = Math.min(
    WIDEST_CLAIM,
    Math.max(10, ...matrix.rows.map(({ claimId }) => displayWidth(say(claimId)))),
  );
  const labels = matrix.columns.map(({ label }) => say(label));
  const cellWidth = Math.max(10, ...matrix.rows.flatMap(({ cells }) => cells.map((one) => displayWidth(cell(one)))));
  const wide = Math.max(cellWidth, ...labels.map(displayWidth));
  const fits = claimWidth + (wide + 2) * labels.length <= width;
  const heads = fits ? labels : labels.map((_, index) => `(${index + 1})`);
  const used = fits ? wide : cellWidth;
  const line = (first: string, rest: readonly string[]) =>
    `${pad(first, claimWidth)}${rest.map((text) => `  ${pad(text, used)}`).join('')}`.trimEnd();
  const lines = [
    ...wrapText(say(matrix.sentence), width),
    '',
    line('', heads),
    ...matrix.rows.flatMap((row) => {
      const [first = '', ...rest] = wrapText(say(row.claimId), claimWidth);
      return [line(first, row.cells.map(cell)), ...rest];
    }),
    line(
      'whole run',
      matrix.columns.map(({ outcome }) => `${ascii ? '' : `${OUTCOME_GLYPH[outcome]} `}${outcome}`),
    ),
    line(
      'took',
      matrix.columns.map(({ durationMs }) => say(formatDuration(durationMs))),
    ),
    ...(fits ? [] : ['', ...labels.flatMap((label, index) => wrapText(`(${index + 1}) ${label}`, width))]),
  ];
  return `${lines.join('\n')}\n`;
}

export function renderMatrixMarkdown(matrix: ReportMatrix): string {
  const cell = (one: MatrixCell | undefined) =>
    one === undefined
      ? 'not judged'
      : `${ICON[one.outcome]} ${one.outcome}${one.boundaries === undefined ? '' : ` (${one.boundaries.asDeclared}/${one.boundaries.all})`}`;
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    markdownText(matrix.sentence),
    '',
    row(['Claim', ...matrix.columns.map(({ label }) => markdownText(label))]),
    row(['---', ...matrix.columns.map(() => '---')]),
    ...matrix.rows.map(({ title, cells }) => row([markdownText(title), ...cells.map(cell)])),
    row(['**whole run**', ...matrix.columns.map(({ outcome }) => `**${ICON[outcome]} ${outcome}**`)]),
    row(['took', ...matrix.columns.map(({ durationMs }) => formatDuration(durationMs))]),
    '',
  ].join('\n');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
