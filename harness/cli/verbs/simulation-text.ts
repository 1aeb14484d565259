/** What `simulate` says to people: the two headline numbers first, then what they are made of. */
import type {
  ReleaseSummary,
  Share,
  SimulationDocument,
  SimulationReport,
  TimeQuantile,
} from '../../../reports/model/simulation-report.ts';
import { renderTable } from '../talk/text-table.ts';
import { recommendationLines } from './recommendation-text.ts';

const CAUSE_WORDS = { 'no-data': 'no data', nan: 'NaN', value: 'chance' } as const;

export function simulationText(result: SimulationDocument, ascii: boolean): string {
  const { good, bad, inputs } = result;
  const lines = [
    headline(result),
    ...(bad ? [missLine(result)] : []),
    ...result.others.map(({ canary, miss, summary }) => promotedLine(canary, miss.p, summary.badAnswers)),
    '',
    `${result.rollout} (${result.unit}): ${good.releases} simulated releases of each kind, seed ${result.seed}, ${figure(inputs.ratePerSecond)} requests/s, scraped every ${seconds(inputs.scrapeIntervalMs)}; 95 % intervals`,
    '',
    table(good, bad),
    ...result.limits.map(({ name, limit, verdict }) => `limit --${name} ${percent(limit)}: ${LIMIT_WORDS[verdict]}`),
    ...recommendationLines(result),
    ...result.warnings.map(({ code, sentence }) => `warning ${code}: ${sentence}`),
    ...result.assumptions.map((sentence) => `assumed: ${sentence}`),
  ];
  const text = `${lines.join('\n')}\n`;
  return ascii ? text.replaceAll('–', '-') : text;
}

const LIMIT_WORDS = {
  passed: 'kept',
  failed: 'broken',
  inconclusive: 'undecided, the interval straddles it; more --rollouts narrow it',
} as const;

/** "A perfect canary is rolled back in 20.2 % of releases: 16.7 % NaN, 3.5 % no data." */
function headline({ good, inputs }: SimulationReport): string {
  const kind =
    inputs.stable.errorShare === 0 ? 'A perfect canary' : `A good canary (${percent(inputs.stable.errorShare)} errors)`;
  const parts = [
    { what: 'is rolled back', count: good.failed.count + good.error.count },
    { what: 'waits for a human', count: good.paused.count },
    { what: 'never ends', count: good.stuck.count },
  ].filter(({ count }, index) => count > 0 || index === 0);
  const causes = Object.entries(good.stoppedByCause)
    .filter(([, { count }]) => count > 0)
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([cause, { p }]) => `${percent(p)} ${CAUSE_WORDS[cause as keyof typeof CAUSE_WORDS]}`);
  const said = parts.map(({ what, count }) => `${what} in ${percent(count / good.releases)}`).join(', ');
  return `${kind} ${said} of releases${causes.length === 0 ? '' : `: ${causes.join(', ')}`}.`;
}

function missLine({ bad, inputs, miss }: SimulationReport): string {
  return promotedLine(inputs.badCanary ?? '', miss?.p ?? 0, bad?.badAnswers ?? 0);
}

function promotedLine(canary: string, p: number, badAnswers: number): string {
  return `A bad canary (${canary}) is promoted in ${percent(p)} of releases; ${figure(badAnswers)} bad answers a release.`;
}

function table(good: ReleaseSummary, bad: ReleaseSummary | null): string {
  const summaries = [good, ...(bad ? [bad] : [])];
  const row = (name: string, cell: (summary: ReleaseSummary) => string) => [name, ...summaries.map(cell)];
  return renderTable(
    ['', 'good canary', ...(bad ? ['bad canary'] : [])],
    [
      row('promoted', ({ promoted }) => interval(promoted)),
      row('rolled back, Failed', ({ failed }) => interval(failed)),
      row('rolled back, Error', ({ error }) => interval(error)),
      row('paused for a human', ({ paused }) => interval(paused)),
      row('never ends', ({ stuck }) => interval(stuck)),
      row('rolled back at half the traffic or later', ({ late }) => interval(late)),
      row('time to stop, median', ({ timeToStop }) => time(timeToStop?.q50)),
      row('time to stop, 95 %', ({ timeToStop }) => time(timeToStop?.q95)),
      row('release lasts, median', ({ duration }) => time(duration?.q50)),
      row('canary requests, mean', ({ canaryRequests }) => figure(canaryRequests)),
      row('bad answers, mean', ({ badAnswers }) => figure(badAnswers)),
    ],
  );
}

const figure = (value: number) => String(Number(value.toPrecision(3)));
const percent = (p: number) => `${figure(p * 100)} %`;
const seconds = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`;
const interval = ({ p, low, high }: Share) => `${percent(p)} (${figure(low * 100)}–${figure(high * 100)})`;
const time = (quantile: TimeQuantile | undefined) => (quantile ? seconds(quantile.ms) : 'none');
