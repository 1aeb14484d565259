/** A simulation for a pull request: the headlines, a table, and the change folded away. */
import { curveTable } from '../../model/simulation/operating-curve.ts';
import type { ReleaseSummary, Share } from '../../model/simulation/release-figures.ts';
import { simulationHeadlines } from '../../model/simulation/simulation-words.ts';
import type { SimulationDocument } from '../../model/simulation-report.ts';

export function simulationMarkdown(report: SimulationDocument): string {
  const { recommendation, patch } = report;
  const columns: readonly (readonly [string, ReleaseSummary])[] = [
    ['good canary', report.good],
    ...(report.bad ? [['bad canary', report.bad] as const] : []),
  ];
  const row = (name: string, cell: (summary: ReleaseSummary) => string) =>
    `| ${name} | ${columns.map(([, summary]) => cell(summary)).join(' | ')} |`;
  const lines = [
    `## ${escaped(report.rollout)}: how often is its policy wrong?`,
    '',
    ...simulationHeadlines(report).map((line) => `- ${escaped(line)}`),
    '',
    `| | ${columns.map(([name]) => name).join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    row('promoted', ({ promoted }) => interval(promoted)),
    row('rolled back, Failed', ({ failed }) => interval(failed)),
    row('rolled back, Error', ({ error }) => interval(error)),
    row('paused for a human', ({ paused }) => interval(paused)),
    row('stopped after, median', ({ timeToStop }) => seconds(timeToStop?.q50.ms)),
    row('bad answers, mean', ({ badAnswers }) => figure(badAnswers)),
    ...(report.good.users
      ? [
          row('users who met the canary, by request', ({ users }) => figure(users?.byRequest ?? 0)),
          row('users who met the canary, sticky', ({ users }) => figure(users?.sticky ?? 0)),
        ]
      : []),
    '',
    ...report.limits.map(({ name, limit, verdict }) => `- limit \`--${name}\` ${percent(limit)}: **${verdict}**`),
    ...(recommendation
      ? [
          recommendation.verdict === 'change'
            ? `**Recommended:** ${escaped(recommendation.changes.join(', '))}: ${interval(recommendation.recommended!.falseStop)} of good canaries stopped, ${interval(recommendation.recommended!.miss)} of bad ones promoted, ${figure(recommendation.recommended!.bad.badAnswers)} bad answers.`
            : recommendation.verdict === 'keep'
              ? "**Recommended:** keep today's policy."
              : '**No policy that was tried keeps all limits.**',
          '',
        ]
      : []),
    ...curveLines(report),
    ...(patch?.diff ? [`<details><summary>The change</summary>`, '', fenced(patch.diff), '', '</details>', ''] : []),
    ...report.warnings.map(({ code, sentence }) => `- ${code}: ${escaped(sentence)}`),
    '',
    `${report.good.releases} simulated releases of each kind, seed ${report.seed}; 95 % intervals.`,
  ];
  return `${lines.join('\n')}\n`;
}

function curveLines(report: SimulationDocument): readonly string[] {
  const [header, ...rows] = curveTable(report);
  if (!header) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const table = [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)];
  return ['<details><summary>Stopped, by true error share</summary>', '', ...table, '', '</details>', ''];
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}diff\n${text.trimEnd()}\n${fence}`;
}

const escaped = (text: string) => text.replaceAll(/[\\`*_{}[\]<>|#]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ');
const figure = (value: number) => String(Number(value.toPrecision(3)));
const percent = (p: number) => `${figure(p * 100)} %`;
const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : `${Number((ms / 1000).toFixed(1))} s`);
const interval = ({ p, low, high }: Share) => `${percent(p)} (${figure(low * 100)}–${figure(high * 100)})`;
