/** The lines of a file around a finding, without what must not be in a report. */
import type { CodeFrame, LintFinding } from '../../reports/model/lint-report.ts';
import type { RepositoryTree } from '../units/repository-tree.ts';
import { withoutCredentials } from './placed-findings.ts';

/** Lines above and below the place of a finding. */
const CONTEXT_LINES = 2;
/** Of one line, in characters: what was made by a program has lines of a megabyte. */
const LONGEST_LINE = 200;

/** In the order of the findings; each file is read once, however many there are in it. */
export async function framed(tree: RepositoryTree, findings: readonly LintFinding[]): Promise<readonly LintFinding[]> {
  const found = new Map<LintFinding, CodeFrame>();
  for (const [file, own] of Map.groupBy(findings.filter(mayBeShown), (finding) => finding.file!)) {
    const text = await tree.read(file);
    // a line of a Secret is nobody's business in a report
    if (text === undefined || /^kind:\s*["']?Secret\b/m.test(text)) continue;
    const lines = text.split(/\r?\n/);
    for (const finding of own) found.set(finding, frameOf(lines, finding.line!));
  }
  return findings.map((finding) => {
    const frame = found.get(finding);
    return frame === undefined ? finding : { ...finding, frame };
  });
}

/** The place itself must be in the frame. */
function mayBeShown({ file, line, column = 1, severity }: LintFinding): boolean {
  return file !== undefined && line !== undefined && severity !== 'info' && column <= LONGEST_LINE;
}

function frameOf(lines: readonly string[], line: number): CodeFrame {
  const from = Math.max(0, line - 1 - CONTEXT_LINES);
  return { firstLine: from + 1, lines: lines.slice(from, line + CONTEXT_LINES).map((one) => cut(withoutSecrets(one))) };
}

const cut = (line: string): string => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);

function withoutSecrets(line: string): string {
  return withoutCredentials(line).replace(/((?:password|passwd|token|secret|api[_-]?key)["']?\s*:\s*)\S.*$/i, '$1***');
}
