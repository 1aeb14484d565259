/**
 * `# canaryproof-ignore CODE reason` in a manifest: on the line of the finding, above a key or list item for all that it
 * holds, or above the first line of a document for all of that document. A reason is required, so that the next reader knows why.
 */
import type { LintFinding } from '../../reports/model/lint-report.ts';
import type { PlacedFinding } from './placed-findings.ts';

export interface IgnoreComment {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly code: string;
  /** Empty when there is none. */
  readonly reason: string;
  /** First and last line that it speaks of. */
  readonly from: number;
  readonly to: number;
}

const MARK = /(?:#|\/\*)-?\s*canaryproof-ignore\s+([A-Z][A-Z0-9_]*)(.*)$/;
/** Of a comment in Helm's templates. */
const END_OF_TEMPLATE = /\*\/\s*-?\}\}$/;
const COMMENT = /^\s*(?:#|\{\{-?\s*\/\*)/;

export function readIgnoreComments(file: string, text: string): readonly IgnoreComment[] {
  if (!text.includes('canaryproof-ignore')) return [];
  const lines = text.split(/\r?\n/);
  return lines.flatMap((content, index): IgnoreComment[] => {
    const [, code, rest] = MARK.exec(content) ?? [];
    if (code === undefined || rest === undefined) return [];
    const reason = rest.trim().replace(END_OF_TEMPLATE, '').trim();
    return [{ file, line: index + 1, code, reason, ...reach(lines, index) }];
  });
}

function reach(lines: readonly string[], index: number): { from: number; to: number } {
  if (!COMMENT.test(lines[index]!)) return { from: index + 1, to: index + 1 };
  const isBlank = (line: string) => COMMENT.test(line) || line.trim() === '';
  const startsDocument = lines.slice(0, index).every(isBlank) || isHeadOfDocument(lines, index);
  const next = lines.findIndex((line, at) => at > index && !isBlank(line));
  if (!startsDocument) return { from: index + 1, to: (next < 0 ? lines.length - 1 : endOfBlock(lines, next)) + 1 };
  const end = lines.findIndex((line, at) => at > index && at !== next && line.startsWith('---'));
  return { from: index + 1, to: end < 0 ? lines.length : end };
}

/** The last line of what a key or a list item holds. */
function endOfBlock(lines: readonly string[], first: number): number {
  const indentOf = (line: string) => line.length - line.trimStart().length;
  const indent = indentOf(lines[first]!);
  const opensList = /:\s*(?:#.*)?$/.test(lines[first]!) && !/^\s*- /.test(lines[first]!);
  const end = lines.findIndex(
    (line, at) =>
      at > first &&
      line.trim() !== '' &&
      (indentOf(line) < indent || (indentOf(line) === indent && !(opensList && /^\s*- /.test(line)))),
  );
  return end < 0 ? lines.length - 1 : end - 1;
}

function isHeadOfDocument(lines: readonly string[], index: number): boolean {
  const above = lines.slice(0, index).findLastIndex((line) => !COMMENT.test(line) && line.trim() !== '');
  return above >= 0 && lines[above]!.startsWith('---');
}

export interface Ignored {
  readonly findings: readonly (PlacedFinding & Pick<LintFinding, 'state' | 'reason'>)[];
  readonly comments: readonly PlacedFinding[];
}

/** LINT_IGNORE_WITHOUT_REASON and LINT_IGNORE_UNUSED for comments that do nothing. */
export function applyIgnores(found: readonly PlacedFinding[], comments: readonly IgnoreComment[]): Ignored {
  const used = new Set<IgnoreComment>();
  const byFile = Map.groupBy(comments, ({ file }) => file);
  const findings = found.map((finding) => {
    const comment = byFile
      .get(finding.file ?? '')
      ?.find(
        ({ code, reason, from, to }) =>
          reason !== '' && code === finding.code && from <= (finding.line ?? 0) && (finding.line ?? 0) <= to,
      );
    if (comment) used.add(comment);
    return comment
      ? { ...finding, state: 'ignored' as const, reason: comment.reason }
      : { ...finding, state: 'new' as const };
  });
  const idle = comments.flatMap((comment): PlacedFinding[] => {
    if (used.has(comment)) return [];
    const { file, line, code, reason } = comment;
    const place = { file, line, column: 1, units: [] };
    if (reason === '')
      return [
        {
          ...place,
          code: 'LINT_IGNORE_WITHOUT_REASON',
          severity: 'warning',
          sentence: `canaryproof-ignore ${code} gives no reason and is not heeded`,
          fingerprint: `ignore-without-reason ${file} ${code}`,
        },
      ];
    return [
      {
        ...place,
        code: 'LINT_IGNORE_UNUSED',
        severity: 'info',
        sentence: `canaryproof-ignore ${code} meets no finding any more`,
        fingerprint: `ignore-unused ${file} ${code}`,
      },
    ];
  });
  return { findings, comments: idle };
}
