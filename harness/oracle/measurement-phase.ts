/** The phase of one measurement, from the answer of Prometheus and the metric's conditions. */
import { HarnessError } from '../errors/harness-error.ts';
import type { AnalysisMetric, AnalysisPhase } from './analysis-types.ts';
import { compiledCondition, type MetricResult } from './conditions/evaluate-condition.ts';

export interface MeasuredPhase {
  readonly phase: AnalysisPhase;
  /** Why it is an Error. */
  readonly message?: string;
}

/**
 * utils/evaluate.EvaluateResult: without a condition always Successful; with one, the other is its opposite (so NaN, which
 * compares false, is Failed with a success condition alone and Successful with a failure condition alone); with both,
 * failure wins and neither is Inconclusive. A condition that cannot be evaluated is an Error.
 *
 * @throws HarnessError CONDITION_UNSUPPORTED
 */
export function measurementPhase(metric: Conditions, result: MetricResult): MeasuredPhase {
  return judgeOf(metric)(result);
}

/** Many templates write the same few conditions. */
const MOST_KNOWN = 200;
const judges = new Map<string, ReturnType<typeof measurementJudge>>();

function judgeOf(metric: Conditions): ReturnType<typeof measurementJudge> {
  const key = JSON.stringify([metric.successCondition, metric.failureCondition]);
  const known = judges.get(key);
  if (known) return known;
  const judge = measurementJudge(metric);
  if (judges.size >= MOST_KNOWN) judges.clear();
  judges.set(key, judge);
  return judge;
}

type Conditions = Pick<AnalysisMetric, 'successCondition' | 'failureCondition'>;

/** The same for many results: the conditions are read once. */
export function phasesOf({
  successCondition = '',
  failureCondition = '',
}: Conditions): (result: MetricResult) => MeasuredPhase {
  const [succeeds, fails] = [compiledCondition(successCondition), compiledCondition(failureCondition)];
  return (result) => {
    try {
      const success = successCondition !== '' && succeeds(result);
      const failure = failureCondition !== '' && fails(result);
      if (successCondition === '') return { phase: failure ? 'Failed' : 'Successful' };
      if (failureCondition === '') return { phase: success ? 'Successful' : 'Failed' };
      if (failure) return { phase: 'Failed' };
      return { phase: success ? 'Successful' : 'Inconclusive' };
    } catch (error) {
      if (!(error instanceof HarnessError) || error.code === 'CONDITION_UNSUPPORTED') throw error;
      return { phase: 'Error', message: error.message };
    }
  };
}

/** A value as Argo writes it into a measurement: `0.99`, `[0.99,NaN]`, `[]` (Go's FormatFloat 'f', shortest). */
export function formatResult(result: MetricResult): string {
  return typeof result === 'number' ? formatNumber(result) : `[${result.map(formatNumber).join(',')}]`;
}

/** The inverse of formatResult; undefined for a text that Argo's Prometheus provider does not write. */
export function parseResult(text: string): MetricResult | undefined {
  if (!text.startsWith('[')) return numberOf(text);
  if (!text.endsWith(']')) return undefined;
  const body = text.slice(1, -1);
  const values = body === '' ? [] : body.split(',').map(numberOf);
  return values.every((value) => value !== undefined) ? values : undefined;
}

function numberOf(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  const infinite = /^([+-])Inf$/.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (whole === undefined) return text;
  // Shortest digits as JavaScript finds them, without its exponent.
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** The same once more, for a policy that is simulated: an empty answer comes often, and is judged once. */
export function measurementJudge(metric: Conditions): (result: MetricResult) => MeasuredPhase {
  const phaseOf = phasesOf(metric);
  // mostly an error, while a series is young, and an error is dear to make
  let ofNothing: MeasuredPhase | undefined;
  return (result) => {
    if (typeof result === 'number' || result.length > 0) return phaseOf(result);
    ofNothing ??= phaseOf(result);
    return ofNothing;
  };
}
