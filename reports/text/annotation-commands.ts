/** GitHub workflow commands, one a line: `::error title=…,file=…,line=…::message`. */
import { onOneLine } from '../model/control-characters.ts';

/** GitHub shows at most ten annotations of a kind per step and drops the rest in silence. */
const PER_KIND = 10;

export interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly where:
    | { readonly file: string; readonly line: number | undefined; readonly column: number | undefined }
    | undefined;
}

export function renderAnnotations(all: readonly Annotation[]): string {
  const lines = (['error', 'warning', 'notice'] as const).flatMap((kind) => {
    const own = all.filter((one) => one.kind === kind);
    if (own.length <= PER_KIND) return own.map(command);
    const rest = own.length - PER_KIND + 1;
    const more: Annotation = {
      kind,
      title: `${rest} more`,
      message: `${rest} more of this kind are in the report.`,
      where: undefined,
    };
    return [...own.slice(0, PER_KIND - 1), more].map(command);
  });
  return lines.map((line) => `${line}\n`).join('');
}

function command({ kind, title, message, where }: Annotation): string {
  const properties = [`title=${property(title)}`];
  if (where) properties.push(`file=${property(where.file)}`);
  if (where?.line !== undefined) properties.push(`line=${where.line}`);
  if (where?.column !== undefined) properties.push(`col=${where.column}`);
  return `::${kind} ${properties.join(',')}::${data(message.split('\n').map(onOneLine).join('\n'))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(onOneLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
