/** What canary against stable comes to, in words and for the report. Pure. */
import type { CapacityReport } from '../../reports/model/capacity-report.ts';
import { type Compared, type Comparison, type Estimate, judgeAgainst } from '../capacity/questions/against.ts';
import { percent } from '../documents/figures.ts';
import type { AgainstFacts, RatioFacts } from './against-trials.ts';
import { type Conclusion, type Decided, rate, worst } from './peak-answers.ts';
import type { CapacityQuestion } from './question.ts';

/** A canary that is worse fails the run, and what is not known leaves it open. */
export function withAgainst(
  measured: Conclusion,
  question: CapacityQuestion,
  facts: AgainstFacts,
  ratio: RatioFacts | undefined,
): Conclusion {
  const answers = [
    { question: 'against', ...againstAnswer(question, facts) },
    ...(ratio === undefined ? [] : [{ question: 'ratio', outcome: ratio.outcome, sentence: ratioSentence(ratio) }]),
  ];
  const { outcome } = measured;
  return {
    ...measured,
    outcome: outcome === 'invalid' ? outcome : worst([{ outcome }, ...answers]),
    sentence: [measured.sentence, ...answers.map(({ sentence }) => sentence)].join(' '),
    answers: [...measured.answers, ...answers],
  };
}

const WHY: Readonly<Record<string, string>> = { CAPACITY_NOTHING_HELD: 'there is no rate that stable holds' };

function againstAnswer(
  { confidence, objective }: CapacityQuestion,
  { comparison, guards, ratePerSecond }: AgainstFacts,
): { outcome: Decided; sentence: string } {
  if (comparison === undefined) {
    const why = guards.map((guard) => WHY[guard] ?? guard).join(', ');
    return { outcome: 'inconclusive', sentence: `Whether the canary is worse than stable is not known: ${why}.` };
  }
  const { share, effectiveRequests, quantiles } = comparison;
  const { low, high } = share.difference;
  const outcome = judgeAgainst(comparison, objective.objectiveShare);
  const begin = {
    failed: 'The canary is worse than stable',
    passed: `The canary has at most ${points(high)} more bad answers than stable`,
    inconclusive: 'Whether the canary is worse than stable is open',
  }[outcome];
  const between = `${percent(confidence, { digits: 3 })}: ${inHundred(low)} to ${points(high)}`;
  const effective = `n_eff ${effectiveRequests.canary.toFixed(0)} and ${effectiveRequests.stable.toFixed(0)}`;
  const bad = `${percent(share.canary.value, { digits: 3 })} of its answers are bad and ${percent(share.stable.value, { digits: 3 })} of stable's (${points(share.difference.value)}; ${between}; ${effective})`;
  const slower = quantiles.map(({ quantile, difference }) => `p${quantile * 100} ${milliseconds(difference)}`);
  return { outcome, sentence: `${begin}: at ${rate(ratePerSecond!)} ${bad}. Its ${slower.join(', ')}.` };
}

function ratioSentence({ ratio: { low, high } }: RatioFacts): string {
  if (low === undefined && high === undefined)
    return 'How much the canary holds beside what stable holds is not known.';
  const times = [low, high].map((value) => (value === undefined ? '?' : `×${value.toFixed(3)}`));
  return `The canary holds ${times.join(' to ')} of what stable holds.`;
}

/** A difference of two shares, as people say it. */
const points = (difference: number) => `${inHundred(difference)} points`;
const inHundred = (difference: number) => signed(Number((difference * 100).toPrecision(2)));

function milliseconds({ value, low, high }: Estimate): string {
  if (!Number.isFinite(value)) return 'without an answer';
  const [from, to] = [low, high].map((end) => (Number.isFinite(end) ? signed(Number(end.toPrecision(2))) : '?'));
  return `${signed(Number(value.toPrecision(2)))} ms (${from} to ${to})`;
}

const signed = (value: number) => (value > 0 ? `+${value}` : String(value).replace('-', '−'));

/** @param url of the canary, as it is written down */
export function againstRow(
  question: CapacityQuestion,
  url: string,
  { comparison, trials, ratePerSecond, guards }: AgainstFacts,
  ratio: RatioFacts | undefined,
): NonNullable<CapacityReport['against']> {
  return {
    url,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    confidence: question.confidence,
    guards: [...guards],
    trials: trials.map(({ arm, statistics, seconds, guards: own }) => ({
      ...{ arm, seconds },
      requests: statistics.requests,
      bad: statistics.bad,
      effectiveRequests: statistics.effectiveRequests,
      guards: [...own],
    })),
    ...(comparison === undefined ? {} : comparisonRow(comparison)),
    ...(ratio === undefined ? {} : { ratio: { low: ratio.ratio.low, high: ratio.ratio.high } }),
  };
}

function comparisonRow({ share, effectiveRequests, quantiles }: Comparison) {
  return {
    share: comparedRow(share),
    effectiveRequests: { ...effectiveRequests },
    quantiles: quantiles.map(({ quantile, ...compared }) => ({ quantile, ...comparedRow(compared) })),
  };
}

function comparedRow({ stable, canary, difference }: Compared) {
  return { stable: estimateRow(stable), canary: estimateRow(canary), difference: estimateRow(difference) };
}

/** What is not finite is missing in JSON. */
function estimateRow({ value, low, high }: Estimate) {
  const known = (number: number) => (Number.isFinite(number) ? number : undefined);
  return { value: known(value), low: known(low), high: known(high) };
}
