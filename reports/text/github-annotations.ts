/** A run as GitHub annotations. */
import type { RunReport } from '../model/run-report.ts';
import { type Annotation, renderAnnotations } from './annotation-commands.ts';

/** Empty for a run that passed and found nothing. */
export function renderGithubAnnotations(report: RunReport): string {
  const all: Annotation[] = [];
  if (report.outcome !== 'passed')
    all.push({
      kind: 'error',
      title: `${report.outcome}: ${report.subject.name}`,
      message: report.headline,
      where: undefined,
    });
  for (const finding of report.findings) {
    const kind = finding.severity === 'info' ? 'notice' : finding.severity;
    const message = finding.hint === undefined ? finding.sentence : `${finding.sentence}\nWhat to do: ${finding.hint}`;
    all.push({ kind, title: `${finding.code} (${finding.layer})`, message, where: location(finding.where) });
  }
  for (const claim of report.claims)
    if (claim.outcome !== 'passed')
      all.push({ kind: 'error', title: `${claim.outcome}: ${claim.title}`, message: claim.sentence, where: undefined });
  return renderAnnotations(all);
}

/** `path/in/repository.yaml:12:3` points at a line; anything else (an object, a URL) is not a file. */
function location(where: string | undefined): Annotation['where'] {
  const found = where === undefined ? null : /^([^:\s]+\.[A-Za-z0-9]+):(\d+)(?::(\d+))?$/.exec(where);
  if (found === null) return undefined;
  const [, file = '', line = '', column] = found;
  return { file, line: Number(line), column: column === undefined ? undefined : Number(column) };
}
