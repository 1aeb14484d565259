/** Findings of lint for people at a terminal: the sentence, the lines of the file, what to do. */
import { mapStrings, onOneLine, showControlCharacters } from '../model/control-characters.ts';
import { isNothingJudged, type LintFinding, type LintReport, type LintSeverity } from '../model/lint-report.ts';
import { toAscii } from './ascii-text.ts';
import { wrapText } from './wrapped-lines.ts';

export interface LintTextOptions {
  readonly width: number;
  readonly ascii: boolean;
  readonly colour: boolean;
  /** Shows findings that are known, information, units and what was not judged. */
  readonly verbose: boolean;
}

const COLOUR: Readonly<Record<LintSeverity | 'dim' | 'bold', string>> = {
  error: '31',
  warning: '33',
  info: '36',
  dim: '2',
  bold: '1',
};

export function renderLintText(given: LintReport, options: LintTextOptions): string {
  const report = mapStrings(given, showControlCharacters);
  const paint = (kind: keyof typeof COLOUR, text: string) =>
    options.colour ? `\u001b[${COLOUR[kind]}m${text}\u001b[0m` : text;
  const width = Math.max(40, Math.min(120, options.width));
  const shown = report.findings.filter(
    ({ state, severity }) => options.verbose || (state === 'new' && severity !== 'info'),
  );
  const lines = [
    ...(report.changes.length > 0
      ? [paint('bold', 'This change'), ...report.changes.flatMap((text) => bullet(text, width)), '']
      : []),
    ...(report.ended.length > 0
      ? [paint('bold', 'It ends'), ...report.ended.flatMap((text) => bullet(text, width)), '']
      : []),
    ...shown.flatMap((finding) => findingLines(finding, width, paint)),
    ...(report.simulated && report.simulated.length > 0
      ? [paint('bold', 'Simulated'), ...report.simulated.flatMap((text) => bullet(text, width)), '']
      : []),
    ...(options.verbose ? unitLines(report) : []),
    summaryLine(report, paint),
  ];
  const text = `${lines.join('\n')}\n`;
  return options.ascii ? toAscii(text) : text;
}

type Paint = (kind: keyof typeof COLOUR, text: string) => string;

function findingLines(finding: LintFinding, width: number, paint: Paint): readonly string[] {
  const { code, severity, file, line, column, sentence, hint, value, units, state, reason } = finding;
  const place = file === undefined ? '' : `  ${file}${line === undefined ? '' : `:${line}:${column}`}`;
  const mark = state === 'new' ? '' : ` (${state === 'ignored' ? `ignored: ${reason}` : state})`;
  return [
    `${paint(severity, `${severity} ${code}`)}${mark}${place}`,
    ...wrapText(onOneLine(sentence), width - 2).map((text) => `  ${text}`),
    ...frameLines(finding, paint),
    ...(value === undefined ? [] : [`  value: ${value}`]),
    ...(hint === undefined
      ? []
      : wrapText(`hint: ${onOneLine(hint)}`, width - 2).map((text) => paint('dim', `  ${text}`))),
    ...(units.length === 0
      ? []
      : [
          paint(
            'dim',
            `  in ${units.slice(0, 3).join(', ')}${units.length > 3 ? ` and ${units.length - 3} more` : ''}`,
          ),
        ]),
    '',
  ];
}

function frameLines({ frame, line, column }: LintFinding, paint: Paint): readonly string[] {
  if (!frame) return [];
  const digits = String(frame.firstLine + frame.lines.length).length;
  return frame.lines.flatMap((text, index) => {
    const number = frame.firstLine + index;
    const row = `${String(number).padStart(digits)} | ${text}`;
    if (number !== line) return [paint('dim', `    ${row}`)];
    const caret = `      ${' '.repeat(digits)}| ${' '.repeat(Math.max(0, (column ?? 1) - 1))}^`;
    return [`  > ${row}`, caret.slice(1)];
  });
}

function bullet(text: string, width: number): readonly string[] {
  return wrapText(onOneLine(text), width - 4).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`);
}

function unitLines({ units, notJudged }: LintReport): readonly string[] {
  return [
    'Units',
    ...units.map(({ name, objects }) => `  ${name}: ${objects} object${objects === 1 ? '' : 's'}`),
    ...(notJudged.length > 0 ? ['Not judged', ...notJudged.map(({ path, why }) => `  ${path} ${why}`)] : []),
    '',
  ];
}

function summaryLine(report: LintReport, paint: Paint): string {
  const { counts, findings, units, notJudged, outcome } = report;
  const known = findings.filter(({ state }) => state !== 'new').length;
  const objects = units.reduce((sum, one) => sum + one.objects, 0);
  const parts = [
    `${plural(counts.error, 'error')}, ${plural(counts.warning, 'warning')}`,
    ...(counts.info > 0 ? [`${counts.info} for information`] : []),
    ...(known > 0 ? [`${known} known already`] : []),
    `${plural(objects, 'object')} in ${plural(units.length, 'unit')}`,
    ...(notJudged.length > 0 ? [`${plural(notJudged.length, 'file')} not judged`] : []),
  ];
  if (outcome === 'failed') return `${paint('error', '✗ FAILED')}: ${parts.join(', ')}`;
  return isNothingJudged(report)
    ? `${paint('bold', '– NOTHING TO JUDGE')}: no object of Kubernetes or Argo CD here; ${parts.join(', ')}`
    : `${paint('bold', '✓ PASSED')}: ${parts.join(', ')}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
