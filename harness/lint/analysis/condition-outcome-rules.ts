/** Conditions, executed on the answers that a query can give: nothing, NaN, small and large, several. */
import { HarnessError } from '../../errors/harness-error.ts';
import type { AnalysisMetric, AnalysisPhase } from '../../oracle/analysis-types.ts';
import { wholeNumber } from '../../oracle/analysis-types.ts';
import type { MetricResult } from '../../oracle/conditions/evaluate-condition.ts';
import { formatResult, measurementPhase, phasesOf } from '../../oracle/measurement-phase.ts';
import type { Finding } from '../manifest-set.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';
import { boundsIn } from './condition-bounds.ts';

/** Argo's default; `consecutiveErrorLimit` itself says how many are allowed. */
const ERRORS_ALLOWED = 4;

export interface ConditionFacts {
  readonly isScalar: boolean;
  /** Undefined: not known, because the query could not be executed. */
  readonly canBeEmpty: boolean | undefined;
  readonly isEmptyWithoutSeries: boolean;
  readonly canBeNaN: false | 'both' | 'canary' | 'stable';
}

/**
 * ANALYSIS_CONDITION_ALWAYS_ERROR, ANALYSIS_CONDITION_CONSTANT, ANALYSIS_CONDITIONS_OVERLAP,
 * ANALYSIS_GUARD_AFTER_INDEX, ANALYSIS_EMPTY_ERRORS, ANALYSIS_EMPTY_FAILS, ANALYSIS_EMPTY_PASSES, ANALYSIS_NAN_FAILS, ANALYSIS_NAN_PASSES. Conditions that do not compile
 * are reported elsewhere.
 */
export function conditionOutcomeFindings(
  metric: TemplateMetric,
  variant: AnalysisMetric,
  facts: ConditionFacts,
): readonly Finding[] {
  const name = (variant.successCondition ?? '') === '' ? 'failureCondition' : 'successCondition';
  if ((variant[name] ?? '') === '') return [];
  const measured = phasesOf(variant);
  const phaseOf = (result: MetricResult): AnalysisPhase | undefined => {
    try {
      return measured(result).phase;
    } catch (error) {
      if (error instanceof HarnessError) return undefined;
      throw error;
    }
  };
  const at = (finding: Parameters<typeof metricFindingAt>[2]) => [
    metricFindingAt(metric, [...metric.path, name], { ...finding, sentence: `${metric.title}: ${finding.sentence}` }),
  ];
  const results = probes(variant, facts.isScalar);
  const phases = new Set(results.map(phaseOf));
  if (phases.has(undefined)) return [];
  const onEmpty = facts.isScalar || facts.canBeEmpty === false ? undefined : phaseOf([]);
  if (phases.size === 1) {
    // "fails when there is anything at all": the query itself says what is bad
    const isAlarm = onEmpty === 'Successful' && !phases.has('Successful');
    return isAlarm ? [] : constantFindings([...phases][0]!, variant, at);
  }
  const passing = [0, 1].find((value) => phaseOf([value]) === 'Successful');
  const empty = isMeantToFail(variant) ? [] : emptyFindings(onEmpty, passing, variant, facts, at);
  return [
    ...overlapFindings(results, variant, at),
    ...empty,
    ...nanFindings(phaseOf(facts.isScalar ? Number.NaN : [Number.NaN]), variant, facts, at),
  ];
}

type At = (finding: Parameters<typeof metricFindingAt>[2]) => readonly Finding[];

/** The failure condition names the empty answer itself. */
function isMeantToFail({ failureCondition = '' }: AnalysisMetric): boolean {
  return failureCondition !== '' && failing({ failureCondition })([]) === true;
}

/** Whether one condition alone makes a measurement fail; undefined where it cannot be evaluated. */
function failing(
  condition: Pick<AnalysisMetric, 'successCondition' | 'failureCondition'>,
): (result: MetricResult) => boolean | undefined {
  const measured = phasesOf(condition);
  return (result) => {
    try {
      const { phase } = measured(result);
      return phase === 'Error' ? undefined : phase === 'Failed';
    } catch (error) {
      if (error instanceof HarnessError) return undefined;
      throw error;
    }
  };
}

/** ANALYSIS_CONDITIONS_OVERLAP: an answer that is good and bad at once is bad. */
function overlapFindings(results: readonly MetricResult[], variant: AnalysisMetric, at: At): readonly Finding[] {
  const { successCondition = '', failureCondition = '' } = variant;
  if (successCondition === '' || failureCondition === '') return [];
  const [isBad, isNotGood] = [failing({ failureCondition }), failing({ successCondition })];
  const both = results.find((result) => isBad(result) === true && isNotGood(result) === false);
  if (both === undefined) return [];
  return at({
    code: 'ANALYSIS_CONDITIONS_OVERLAP',
    severity: 'warning',
    sentence: `${formatResult(both)} meets both conditions, and then it is Failed: what successCondition allows is less than it says`,
    hint: 'Where the two overlap, failureCondition decides. Give both the same bound, or leave a gap, which is Inconclusive.',
  });
}

/** Single numbers around every bound, and several at once. */
function probes({ successCondition, failureCondition }: AnalysisMetric, isScalar: boolean): readonly MetricResult[] {
  const bounds = [...boundsIn(successCondition), ...boundsIn(failureCondition)].flatMap(({ value }) => [
    value - Math.max(Math.abs(value) * 1e-3, 1e-9),
    value,
    value + Math.max(Math.abs(value) * 1e-3, 1e-9),
  ]);
  const numbers = [...new Set([-1, 0, 0.001, 0.01, 0.5, 0.99, 1, 2, 50, 100, 1000, 1e6, ...bounds])];
  if (isScalar) return numbers;
  return [...numbers.map((number) => [number]), [0, 1], [1, 0], [0.2, 0.9, 3], [1000, 1000]];
}

function constantFindings(phase: AnalysisPhase, variant: AnalysisMetric, at: At): readonly Finding[] {
  if (phase === 'Error')
    return at({
      code: 'ANALYSIS_CONDITION_ALWAYS_ERROR',
      severity: 'error',
      sentence: `every measurement is an Error, whatever the answer: ${measurementPhase(variant, [1]).message}`,
      hint: `A Prometheus vector is a list: write result[0], after len(result). ${errorsEndIt(variant)}`,
    });
  const never = phase === 'Successful';
  return at({
    code: 'ANALYSIS_CONDITION_CONSTANT',
    severity: never ? 'warning' : 'error',
    sentence: `every measurement is ${phase}, whatever the answer`,
    hint: never
      ? 'The metric tests nothing. If it is only to be recorded, name it in dryRun.'
      : 'No answer is good enough, so no release passes.',
  });
}

/** Asks whether there is anything; `len(result) > 1` asks something else. */
const EMPTY_GUARD = /\blen\s*\(\s*result\s*\)\s*(?:==\s*[01]|>\s*0|>=\s*1|!=\s*0|<\s*1)(?!\d)/;

/** @param passing a number that the conditions let pass, of those that a query may end with */
function emptyFindings(
  phase: AnalysisPhase | undefined,
  passing: number | undefined,
  variant: AnalysisMetric,
  { isEmptyWithoutSeries }: ConditionFacts,
  at: At,
): readonly Finding[] {
  const { successCondition = '', failureCondition = '' } = variant;
  const guarded = EMPTY_GUARD.test(`${successCondition} ${failureCondition}`);
  if (phase === 'Error' && guarded)
    return at({
      code: 'ANALYSIS_GUARD_AFTER_INDEX',
      severity: 'error',
      sentence: 'result[0] is read before the guard, so an empty answer is an Error and not what the guard says',
      hint: `Put the guard first: len(result) == 0 || ..., or len(result) > 0 && .... ${errorsEndIt(variant)}`,
    });
  // the rest is worth a word only where the query is known to be empty at times
  if (!isEmptyWithoutSeries) return [];
  if (phase === 'Error')
    return at({
      code: 'ANALYSIS_EMPTY_ERRORS',
      severity: 'warning',
      sentence: 'without any series, as before the first request, the answer is empty and the measurement an Error',
      hint: `${errorsEndIt(variant)} ${emptyGuards(variant)}${passing === undefined ? '' : `, or end the query with "or vector(${passing})"`}.`,
    });
  if (phase === 'Failed')
    return at({
      code: 'ANALYSIS_EMPTY_FAILS',
      severity: 'warning',
      sentence:
        'without any series, as before the first request, the answer is empty, which fails: a healthy canary without traffic is aborted',
      hint: 'Write both conditions with len(result) > 0; then such a measurement is Inconclusive.',
    });
  if (phase === 'Successful')
    return at({
      code: 'ANALYSIS_EMPTY_PASSES',
      severity: 'info',
      sentence: 'an empty answer passes in silence: without traffic nothing is tested',
      hint: 'Write both conditions with len(result) > 0 to make it Inconclusive, or add a metric that asks for a minimum of traffic.',
    });
  return [];
}

/** What lets an empty answer pass, by the conditions that there are. */
function emptyGuards({ successCondition = '', failureCondition = '' }: AnalysisMetric): string {
  if (failureCondition === '') return 'To let it pass, begin the condition with len(result) == 0 ||';
  if (successCondition === '') return 'To let it pass, begin the condition with len(result) > 0 &&';
  return 'To let it pass, begin successCondition with len(result) == 0 || and failureCondition with len(result) > 0 &&';
}

const WITHOUT: Readonly<Record<'both' | 'canary' | 'stable', string>> = {
  both: 'without requests in the window',
  canary: 'without requests in the window',
  stable: 'without requests to the stable version in the window',
};

/** With both conditions, NaN is Inconclusive unless they say otherwise. */
function nanFindings(
  phase: AnalysisPhase | undefined,
  variant: AnalysisMetric,
  { canBeNaN }: ConditionFacts,
  at: At,
): readonly Finding[] {
  const { successCondition = '', failureCondition = '' } = variant;
  const guarded = /isNaN/.test(`${successCondition} ${failureCondition}`);
  if (!canBeNaN || guarded || (successCondition === '') === (failureCondition === '')) return [];
  if (phase !== 'Failed' && phase !== 'Successful') return [];
  const fails = phase === 'Failed';
  return at({
    code: fails ? 'ANALYSIS_NAN_FAILS' : 'ANALYSIS_NAN_PASSES',
    severity: 'warning',
    sentence: fails
      ? `${WITHOUT[canBeNaN]} the answer is NaN, which fails the success condition: a healthy canary without traffic is aborted`
      : `${WITHOUT[canBeNaN]} the answer is NaN, which passes the failure condition in silence: nothing was tested`,
    hint: 'Write both conditions with !isNaN(result[0]); then such a measurement is Inconclusive.',
  });
}

function errorsEndIt({ consecutiveErrorLimit }: AnalysisMetric): string {
  const allowed = wholeNumber(consecutiveErrorLimit) ?? ERRORS_ALLOWED;
  if (allowed === 0) return 'The first Error aborts the rollout.';
  return `${allowed + 1} Errors in a row abort the rollout.`;
}
