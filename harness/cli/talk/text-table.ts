import { onOneLine } from '../../../reports/model/control-characters.ts';

/** Columns padded to their widest cell, two spaces apart, with a final newline. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map(onOneLine));
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)));
  return all
    .map(
      (row) =>
        `${header
          .map((_, column) => pad(row[column] ?? '', widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}
