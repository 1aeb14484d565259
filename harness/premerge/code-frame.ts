/** The lines of a file around a finding, without what must not be in a report. */
import type { CodeFrame, LintFinding } from '../../reports/model/lint-report.ts';
import type { RepositoryTree } from '../units/repository-tree.ts';
import { withoutCredentials } from './placed-findings.ts';

/** Lines above and below the place of a finding. */
const CONTEXT_LINES = 2;
/** Of one line, in characters: what was made by a program has lines of a megabyte. */
const LONGEST_LINE = 200;

export async function framed(tree: RepositoryTree, finding: LintFinding): Promise<LintFinding> {
  if (finding.file === undefined || finding.line === undefined || finding.severity === 'info') return finding;
  // the place itself must be in the frame
  if ((finding.column ?? 1) > LONGEST_LINE) return finding;
  const text = await tree.read(finding.file);
  const frame = text === undefined ? undefined : frameOf(text, finding.line);
  return frame === undefined ? finding : { ...finding, frame };
}

function frameOf(text: string, line: number): CodeFrame | undefined {
  // a line of a Secret is nobody's business in a report
  if (/^kind:\s*["']?Secret\b/m.test(text)) return undefined;
  const lines = text.split(/\r?\n/);
  const from = Math.max(0, line - 1 - CONTEXT_LINES);
  return { firstLine: from + 1, lines: lines.slice(from, line + CONTEXT_LINES).map((one) => cut(withoutSecrets(one))) };
}

const cut = (line: string): string => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line);

function withoutSecrets(line: string): string {
  return withoutCredentials(line).replace(/((?:password|passwd|token|secret|api[_-]?key)["']?\s*:\s*)\S.*$/i, '$1***');
}
