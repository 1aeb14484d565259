/** Several policies side by side, for a pull request. */
import {
  type ComparedPolicy,
  refusedLines,
  sideBySideLine,
  sideBySideTables,
} from '../../model/simulation/side-by-side.ts';

export function sideBySideMarkdown(compared: readonly ComparedPolicy[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const tables = sideBySideTables(compared).flatMap(({ title, rows: [header = [], ...rows] }) => [
    `### ${escaped(title)}`,
    '',
    line(header),
    `|${header.map(() => '---|').join('')}`,
    ...rows.map(line),
    '',
  ]);
  const refused = refusedLines(compared).map((one) => `- ${escaped(one)}`);
  return `${[...tables, ...(refused.length > 0 ? [...refused, ''] : []), `${escaped(sideBySideLine(compared))}.`].join('\n')}\n`;
}

const escaped = (text: string) => text.replaceAll(/[\\`*_{}[\]<>|#]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ');
