/** The scores as Markdown, which is also what docs/measured.md shows. */
import type { RowScore } from './score.ts';

const HEAD = [
  '| what is wrong | must be | runs | found | for the right reason | requests to the verdict | seconds | right reason |',
  '|---|---|---|---|---|---|---|---|',
];
const MUST = { mutant: 'caught', sound: 'passed', control: '*control:* fooled' } as const;

export function scoreTable(scores: readonly RowScore[]): string {
  return [...HEAD, ...scores.map(line)].join('\n');
}

function line(score: RowScore): string {
  const { name, kind, reason, runs, spoilt, asExpected, rightReason, requests, seconds } = score;
  const share = ({ count, interval }: RowScore['asExpected']): string =>
    `${count} (${Math.floor(interval.low * 100)}–${Math.ceil(interval.high * 100)} %)`;
  const cost = kind === 'control' ? ['', ''] : [spread(requests, 0), spread(seconds, 1)];
  const cells = [
    name,
    MUST[kind],
    `${runs}${spoilt > 0 ? ` (+${spoilt} spoilt by the machine)` : ''}`,
    share(asExpected),
    `${share(rightReason)}${score.kept ? '' : ' **BROKEN**'}`,
    ...cost,
    reason,
  ];
  return `| ${cells.join(' | ')} |`;
}

function spread({ median, max }: RowScore['requests'], digits: number): string {
  const text = (value: number) =>
    value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return median === max ? text(median) : `${text(median)}, at most ${text(max)}`;
}
