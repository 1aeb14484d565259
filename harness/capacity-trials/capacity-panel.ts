/** What the report shows of a search: its trials, its bracket, and why some of them say nothing. Pure. */
import type { CapacityReport } from '../../reports/model/capacity-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { effectiveBounds } from '../capacity/trial/look-rule.ts';
import type { Conclusion } from './peak-answers.ts';
import type { CapacityQuestion } from './question.ts';
import type { ReturnFacts, SearchEnd, ToldTrial } from './search-end.ts';

export interface CapacityTrials {
  readonly end: SearchEnd;
  readonly trials: readonly ToldTrial[];
  readonly conclusion: Conclusion;
}

/** Of each bar of the picture, on either side. */
const BAR_ERROR = 0.025;

export function arrivalsText(arrivals: CapacityQuestion['arrivals']): string {
  return arrivals === 'poisson'
    ? 'Poisson'
    : 'paced: evenly spaced, which overstates the capacity for independent users';
}

/** What counts as bad, in words. */
export function objectiveDetail({ text, limitMs, errorsOnly }: CapacityQuestion['objective']): string {
  return errorsOnly
    ? `${text}; unsent requests and those without an answer after ${limitMs / 1000} s are errors`
    : `${text}, errors and unsent requests are bad`;
}

/** How many shared the load of each trial. */
export function generatorsOf(trials: readonly ToldTrial[]): number {
  return trials[0]?.load.generators?.length ?? 1;
}

export function capacityPanel(
  question: CapacityQuestion,
  { end, conclusion, trials }: CapacityTrials,
  { id, claimId, title }: Pick<CapacityReport, 'id' | 'claimId' | 'title'>,
): CapacityReport {
  const { objective, arrivals, seed } = question;
  const fit = 'fit' in end ? end.fit : undefined;
  const { generator } = end;
  const generators = generatorsOf(trials);
  return {
    ...{ id, claimId, title },
    objective: { text: objective.text, share: objective.objectiveShare, limitMs: objective.limitMs },
    ...{ arrivals, seed },
    ...(conclusion.bracket === undefined ? {} : { bracket: conclusion.bracket }),
    ...(fit === undefined ? {} : { fit: { root: fit.root, slope: fit.slope, dispersion: fit.dispersion } }),
    ...(generator === undefined || generator.unknown
      ? {}
      : {
          generator: { carried: generator.carriedRate, failed: generator.failedRate, reasons: [...generator.reasons] },
        }),
    ...(end.returned === undefined ? {} : { return: returnRow(end.returned) }),
    ...(generators > 1 ? { generators } : {}),
    trials: trials.map(trialRow),
    answers: conclusion.answers,
  };
}

function returnRow({ recovers, stuck, afterSeconds }: ReturnFacts): NonNullable<CapacityReport['return']> {
  return { recovers, stuck, afterSeconds };
}

function trialRow(trial: ToldTrial): CapacityReport['trials'][number] {
  const { statistics, load, recorded } = trial;
  return {
    ratePerSecond: trial.ratePerSecond,
    phase: trial.phase,
    seconds: trial.seconds,
    requests: statistics.requests,
    bad: statistics.bad,
    dropped: recorded.droppedHeld + recorded.droppedFree,
    share: statistics.share,
    estimate: statistics.estimate,
    ...effectiveBounds(statistics.share, statistics.effectiveRequests, BAR_ERROR),
    effectiveRequests: statistics.effectiveRequests,
    designEffect: statistics.designEffect,
    tauSeconds: statistics.tauSeconds,
    generatorCpuShare: load.wallMs > 0 ? (load.generatorCpuSeconds * 1000) / load.wallMs : 0,
    machineIdleShare: Math.min(1, Math.max(0, trial.idleShare)),
    guards: [...trial.guards],
  };
}

export function capacityFindings(
  question: CapacityQuestion,
  { trials, end, conclusion }: CapacityTrials,
): RunReport['findings'] {
  const spoiled = trials.filter(({ guards }) => guards.length > 0);
  const codes = [...new Set(spoiled.flatMap(({ guards }) => guards))];
  return [
    ...generatorFindings(end),
    ...codes.map((code) => {
      const count = spoiled.filter(({ guards }) => guards.includes(code)).length;
      return {
        code,
        layer: 'instrument' as const,
        severity: end.end === 'instrument' ? ('error' as const) : ('warning' as const),
        sentence: `${count} of ${trials.length} trials say nothing about the subject: ${GUARD_SENTENCE[code]}.`,
      };
    }),
    ...(question.arrivals === 'paced'
      ? [
          {
            code: 'CAPACITY_PACED',
            layer: 'instrument' as const,
            severity: 'warning' as const,
            sentence:
              'Arrivals were evenly spaced; independent users arrive in bunches, and the capacity for them is lower.',
            hint: 'Leave --arrivals paced out.',
          },
        ]
      : []),
    ...(end.returned?.stuck === undefined
      ? []
      : [
          {
            code: 'METASTABLE',
            layer: 'observed' as const,
            severity: 'error' as const,
            sentence: conclusion.answers.find(({ question: asked }) => asked === 'return')!.sentence,
            hint: 'Retries multiply an overload: allow fewer, give them a budget, and shed what is too late already.',
          },
        ]),
    ...('shortTrials' in end && end.shortTrials
      ? [
          {
            code: 'CAPACITY_SHORT_TRIALS',
            layer: 'instrument' as const,
            severity: 'warning' as const,
            sentence:
              'Some trials were shorter than 20 relaxation times of the subject; its share of bad answers may lag behind.',
            hint: 'Give a longer --budget.',
          },
        ]
      : []),
  ];
}

/** A ceiling that did not end the search is a figure of the report, and no finding. */
function generatorFindings(ended: SearchEnd): RunReport['findings'] {
  const { end, generator } = ended;
  if (generator === undefined) return [];
  const { carriedRate, failedRate, reasons } = generator;
  const common = { layer: 'instrument' as const, severity: 'warning' as const };
  if (generator.unknown)
    return [
      {
        ...common,
        code: 'CAPACITY_GENERATOR_UNMEASURED',
        sentence: 'The generator was not measured alone: it runs where it does not reach a server of ours.',
      },
    ];
  const stopped = ended.end === 'instrument' && ended.guards.includes('CAPACITY_GENERATOR_CEILING');
  if (failedRate === undefined || !(stopped || end === 'held-at-max')) return [];
  const shown = (rate: number) => `${Number(rate.toPrecision(4))}/s`;
  return [
    {
      ...{ ...common, code: 'CAPACITY_GENERATOR_CEILING', severity: stopped ? ('error' as const) : common.severity },
      sentence: `Alone, on a server that answers at once, the generator carried ${shown(carriedRate)} and not ${shown(failedRate)} (${reasons.join(', ')}); the subject got no more.`,
      hint: 'Give the generator a machine with more idle processor time.',
    },
  ];
}

const GUARD_SENTENCE: Readonly<Record<ToldTrial['guards'][number], string>> = {
  CAPACITY_UNSENT: 'the generator sent less than 99 % of what was due',
  CAPACITY_LATE: 'the generator sent too late (99th percentile above 2 ms and a twentieth of the limit)',
  CAPACITY_DROPPED: 'the generator dropped requests that the subject did not hold up',
  CAPACITY_EVIDENCE_LOST: 'requests that were sent left no evidence',
  CAPACITY_MACHINE_BUSY: 'this machine was less than 10 % idle, so the bad answers may be its own',
  CAPACITY_GENERATOR_DIED: 'one of the generators that shared its load died (its log is in the directory of the run)',
  CAPACITY_GENERATORS_APART: 'the clocks of its generators differ by more than a second',
  CAPACITY_INTERRUPTED: 'the run was interrupted',
};

export const CAPACITY_FORMULAS: RunReport['appendix']['formulas'] = [
  { name: 'design effect', text: 'DEFF = max(1, m·s²/(ȳ(1−ȳ))·(1+φ)/(1−φ)) over 32 batches' },
  { name: 'relaxation time', text: 'τ = (batch seconds)·Var(batch means of N)/(2·Var N)·(1+φ_N)/(1−φ_N)' },
  { name: 'effective requests', text: 'n_eff = min(n/DEFF, D/2τ); p̂ = (n_eff·ȳ+½)/(n_eff+1)' },
  { name: 'fit', text: 'logit p = logit p* + b·ln(λ/r), 3 ≤ b ≤ 400, deviance weighted by n_eff+1' },
  {
    name: 'bracket',
    text: '{r : min_b D ≤ D_min + φ·F(confidence; 1, max(k−2, 3))}, φ = max(1, D_min/(k−2)); both ends run',
  },
];
