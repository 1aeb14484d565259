/** The sentences that every format of a simulation begins with. */
import type { PolicyQuote, SimulationReport } from '../simulation-report.ts';
import type { Share } from './release-figures.ts';

export const CAUSE_WORDS = {
  'no-data': 'no data',
  nan: 'NaN',
  value: 'chance',
  condition: 'a condition that cannot be evaluated',
} as const;

/** The good canary first, then every bad one. */
export function simulationHeadlines(report: SimulationReport): readonly string[] {
  const { bad, inputs, miss, others } = report;
  return [
    goodHeadline(report),
    ...(bad ? [promotedLine(inputs.badCanary ?? '', miss?.p ?? 0, bad.badAnswers)] : []),
    ...others.map((one) => promotedLine(one.canary, one.miss.p, one.summary.badAnswers)),
  ];
}

/** "A perfect canary is rolled back in 20.2 % of releases: 16.7 % NaN, 3.5 % no data." */
function goodHeadline({ good, inputs }: SimulationReport): string {
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

function promotedLine(canary: string, p: number, badAnswers: number): string {
  return `A bad canary (${canary}) is promoted in ${percent(p)} of releases; ${figure(badAnswers)} bad answers a release.`;
}

/** "shop at 5 requests/s: a perfect canary is stopped in 20 % (18–22) of releases, a canary with …" */
export function quoteSentences(quotes: readonly PolicyQuote[]): readonly string[] {
  return quotes.map(({ rollout, ratePerSecond, goodErrorShare, bad, falseStop, miss, releases, seed }) => {
    const good = goodErrorShare === 0 ? 'a perfect canary' : `a good canary (${percent(goodErrorShare)} errors)`;
    const traffic = `${figure(ratePerSecond)} request${ratePerSecond === 1 ? '' : 's'}/s`;
    return `${rollout} at ${traffic}: ${good} is stopped in ${interval(falseStop)} of releases, a canary with ${bad} is promoted in ${interval(miss)}; ${releases.toLocaleString('en-US')} simulated releases of each, seed ${seed}`;
  });
}

const interval = ({ p, low, high }: Share) => `${percent(p)} (${figure(low * 100)}–${figure(high * 100)})`;
const figure = (value: number) => String(Number(value.toPrecision(3)));
const percent = (p: number) => `${figure(p * 100)} %`;
