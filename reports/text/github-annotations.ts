/** GitHub workflow commands, one a line: `::error title=…,file=…,line=…::message`. */
import { onOneLine } from '../model/control-characters.ts';
import type { RunReport } from '../model/run-report.ts';

/** GitHub shows at most ten annotations of a kind per step and drops the rest in silence. */
const PER_KIND = 10;

interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly where?: string | undefined;
}

/** Empty for a run that passed and found nothing. */
export function renderGithubAnnotations(report: RunReport): string {
  const all: Annotation[] = [];
  if (report.outcome !== 'passed')
    all.push({ kind: 'error', title: `${report.outcome}: ${report.subject.name}`, message: report.headline });
  for (const finding of report.findings) {
    const kind = finding.severity === 'info' ? 'notice' : finding.severity;
    const message = finding.hint === undefined ? finding.sentence : `${finding.sentence}\nWhat to do: ${finding.hint}`;
    all.push({ kind, title: `${finding.code} (${finding.layer})`, message, where: finding.where });
  }
  for (const claim of report.claims)
    if (claim.outcome !== 'passed')
      all.push({ kind: 'error', title: `${claim.outcome}: ${claim.title}`, message: claim.sentence });
  const lines = (['error', 'warning', 'notice'] as const).flatMap((kind) => {
    const own = all.filter((one) => one.kind === kind);
    if (own.length <= PER_KIND) return own.map(command);
    const rest = own.length - PER_KIND + 1;
    const more: Annotation = { kind, title: `${rest} more`, message: `${rest} more of this kind are in the report.` };
    return [...own.slice(0, PER_KIND - 1), more].map(command);
  });
  return lines.map((line) => `${line}\n`).join('');
}

function command({ kind, title, message, where }: Annotation): string {
  const properties = [`title=${property(title)}`, ...location(where)];
  const text = message.split('\n').map(onOneLine).join('\n');
  return `::${kind} ${properties.join(',')}::${data(text)}`;
}

/** `path/in/repository.yaml:12:3` points at a line; anything else (an object, a URL) is not a file. */
function location(where: string | undefined): string[] {
  const found = where === undefined ? null : /^([^:\s]+\.[A-Za-z0-9]+):(\d+)(?::(\d+))?$/.exec(where);
  if (found === null) return [];
  const [, file = '', line = '', column] = found;
  return [`file=${property(file)}`, `line=${line}`, ...(column === undefined ? [] : [`col=${column}`])];
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(onOneLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
