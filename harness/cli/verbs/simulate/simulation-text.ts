/** What `simulate` says to people: the two headline numbers first, then what they are made of. */

import type {
  ExposedUsers,
  ReleaseSummary,
  Share,
  TimeQuantile,
} from '../../../../reports/model/simulation/release-figures.ts';
import { simulationHeadlines } from '../../../../reports/model/simulation/simulation-words.ts';
import type { SimulationDocument } from '../../../../reports/model/simulation-report.ts';
import { percent } from '../../../documents/figures.ts';
import { renderTable } from '../../talk/text-table.ts';
import { recommendationLines } from './recommendation-text.ts';

export function simulationText(result: SimulationDocument, ascii: boolean): string {
  const { good, bad, inputs } = result;
  const lines = [
    ...simulationHeadlines(result),
    '',
    `${result.rollout} (${result.unit}): ${good.releases} simulated releases of each kind, seed ${result.seed}, ${figure(inputs.ratePerSecond)} requests/s, scraped every ${seconds(inputs.scrapeIntervalMs)}; 95 % intervals`,
    ...recordedLine(inputs.recording),
    ...outageLine(inputs.outage),
    ...usersLine(inputs.users),
    '',
    table(good, bad),
    ...result.limits.map(
      ({ name, limit, verdict }) => `limit --${name} ${percent(limit, { digits: 3 })}: ${LIMIT_WORDS[verdict]}`,
    ),
    ...recommendationLines(result),
    ...result.warnings.map(({ code, sentence }) => `warning ${code}: ${sentence}`),
    ...result.assumptions.map((sentence) => `assumed: ${sentence}`),
  ];
  const text = `${lines.join('\n')}\n`;
  return ascii ? text.replaceAll('–', '-') : text;
}

function recordedLine(recording: SimulationDocument['inputs']['recording']): string[] {
  if (!recording) return [];
  const { intervals, intervalMs, fano } = recording;
  const bursts = fano === null ? 'without an error' : `errors with a Fano factor of ${figure(fano)}`;
  return [`drawn from ${intervals} recorded intervals of ${seconds(intervalMs)}, ${bursts}`];
}

const OUTAGE_WORDS: Readonly<Record<string, string>> = {
  canary: 'the canary cannot be scraped',
  stable: 'the stable version cannot be scraped',
  prometheus: 'Prometheus is away',
};

function outageLine(outage: SimulationDocument['inputs']['outage']): string[] {
  if (!outage) return [];
  const end = outage.untilMs === null ? 'the end' : seconds(outage.untilMs);
  return [`${OUTAGE_WORDS[outage.of]} from ${seconds(outage.fromMs)} to ${end}`];
}

function usersLine(users: SimulationDocument['inputs']['users']): string[] {
  if (!users) return [];
  const { count, requests, withinMs } = users;
  return [`${count} users, each with ${figure(requests)} request${requests === 1 ? '' : 's'} in ${seconds(withinMs)}`];
}

const LIMIT_WORDS = {
  passed: 'kept',
  failed: 'broken',
  inconclusive: 'undecided, the interval straddles it; more --rollouts narrow it',
} as const;

function table(good: ReleaseSummary, bad: ReleaseSummary | null): string {
  const summaries = [good, ...(bad ? [bad] : [])];
  const users = (name: string, kind: keyof ExposedUsers) =>
    good.users ? [row(name, (summary) => figure(summary.users?.[kind] ?? 0))] : [];
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
      ...users('users who met the canary, by request', 'byRequest'),
      ...users('users who met the canary, sticky', 'sticky'),
    ],
  );
}

const figure = (value: number) => String(Number(value.toPrecision(3)));
const seconds = (ms: number) => `${Number((ms / 1000).toFixed(ms < 1000 ? 3 : 1))} s`;
const interval = ({ p, low, high }: Share) =>
  `${percent(p, { digits: 3 })} (${figure(low * 100)}–${figure(high * 100)})`;
const time = (quantile: TimeQuantile | undefined) => (quantile ? seconds(quantile.ms) : 'none');
