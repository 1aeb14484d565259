/** One measurement of an AnalysisRun against what the scraped samples say. */
import { HarnessError } from '../errors/harness-error.ts';
import type { AnalysisMeasurement, AnalysisMetric, AnalysisPhase } from './analysis-types.ts';
import type { MetricResult } from './conditions/evaluate-condition.ts';
import { formatResult, measurementPhase, parseResult } from './measurement-phase.ts';
import { explainValue, isSameResult, type QueryOutcome, type ValueSearch } from './promql/explain-value.ts';
import { parsedOnce } from './promql/parsed-once.ts';
import type { Series } from './promql/series.ts';
import type { MeasurementReplay, ReplayOptions } from './replay-types.ts';

/** A query starts within this after the second of its stamp: the rest of that second, and a little for the scheduler. */
export const INSTANT_SPAN_MS = 1050;

/** Failures of the way to Prometheus, which no sample can explain. */
const TRANSPORT =
  /deadline exceeded|timeout|connection|dial tcp|EOF|no such host|server error|client error: 5|canceled/i;

export interface MeasurementInput {
  /** Arguments resolved. */
  readonly metric: AnalysisMetric;
  readonly measurement: AnalysisMeasurement;
  readonly index: number;
  readonly series: readonly Series[];
  readonly options: ReplayOptions;
}

type Judged = Pick<MeasurementReplay, 'oracleValue' | 'oraclePhase' | 'agrees' | 'why' | 'explainedBy'>;

export function replayMeasurement(input: MeasurementInput): MeasurementReplay {
  const { metric, measurement, index } = input;
  const startedAtMs = measurement.startedAt === undefined ? null : Date.parse(measurement.startedAt);
  return {
    metric: metric.name,
    index,
    startedAtMs,
    recordedValue: measurement.value ?? null,
    recordedPhase: measurement.phase,
    ...judge(input, startedAtMs),
  };
}

function judge(input: MeasurementInput, startedAtMs: number | null): Judged {
  const { metric, measurement, options } = input;
  const query = metric.provider.prometheus?.query;
  if (query === undefined || metric.provider.prometheus?.rangeQuery !== undefined)
    return byRecordedValue(input, 'only instant queries to Prometheus are replayed');
  if (startedAtMs === null || Number.isNaN(startedAtMs))
    return byRecordedValue(input, 'the measurement has no startedAt');
  const finishedMs = measurement.finishedAt === undefined ? Number.NaN : Date.parse(measurement.finishedAt) + 1000;
  try {
    const search: ValueSearch = {
      ...options,
      expr: parsedOnce(query),
      series: input.series,
      fromMs: startedAtMs,
      untilMs: Math.min(
        startedAtMs + INSTANT_SPAN_MS,
        Number.isNaN(finishedMs) ? Number.POSITIVE_INFINITY : finishedMs,
      ),
      ingestionLagMs: options.ingestionLagMs ?? 1000,
      tolerance: options.tolerance ?? 1e-9,
    };
    return measurement.phase === 'Error' && !measurement.value
      ? againstError(input, search)
      : againstValue(input, search);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    if (error.code === 'PROMQL_SYNTAX')
      return judgement(null, 'Error', measurement.phase === 'Error', null, `the query is wrong: ${error.message}`);
    return byRecordedValue(input, error.message);
  }
}

function againstValue({ metric, measurement }: MeasurementInput, search: ValueSearch): Judged {
  const recorded = parseResult(measurement.value ?? '');
  const { explained, candidate } = explainValue(
    search,
    (outcome) =>
      recorded !== undefined && 'result' in outcome && isSameResult(outcome.result, recorded, search.tolerance),
  );
  const { outcome, instantMs, hiddenScrapes } = candidate;
  if (explained && recorded !== undefined) {
    const { phase } = measurementPhase(metric, recorded);
    const agrees = phase === measurement.phase;
    return judgement(
      formatResult(recorded),
      phase,
      agrees,
      { instantMs, hiddenScrapes },
      agrees ? '' : `the conditions make ${formatResult(recorded)} ${phase}, not ${measurement.phase}`,
    );
  }
  const value = textOf(outcome);
  return judgement(
    value,
    phaseOf(metric, outcome).phase,
    false,
    null,
    `no instant of the ${search.untilMs - search.fromMs} ms after the stamp gives ${measurement.value ?? 'no value'}; at the stamp it is ${value ?? `an error (${'failure' in outcome ? outcome.failure : ''})`}`,
  );
}

/** An Error carries no value: it is explained when some candidate makes the query or a condition fail. */
function againstError({ metric, measurement }: MeasurementInput, search: ValueSearch): Judged {
  const { explained, candidate } = explainValue(search, (outcome) => phaseOf(metric, outcome).phase === 'Error');
  const { outcome, instantMs, hiddenScrapes } = candidate;
  if (explained)
    return judgement(
      textOf(outcome),
      'Error',
      true,
      { instantMs, hiddenScrapes },
      phaseOf(metric, outcome).message ?? '',
    );
  const { phase } = phaseOf(metric, outcome);
  if (TRANSPORT.test(measurement.message ?? ''))
    return judgement(
      textOf(outcome),
      'Error',
      null,
      null,
      `the query did not reach Prometheus: ${measurement.message}`,
    );
  return judgement(
    textOf(outcome),
    phase,
    false,
    null,
    `nothing makes the measurement an Error; it would be ${textOf(outcome)}, ${phase} (Argo says: ${measurement.message ?? 'nothing'})`,
  );
}

/** What can still be said without the samples: whether the conditions fit the recorded value. */
function byRecordedValue({ metric, measurement }: MeasurementInput, why: string): Judged {
  const recorded = measurement.value === undefined ? undefined : parseResult(measurement.value);
  if (recorded === undefined) return judgement(null, null, null, null, `not judged: ${why}`);
  try {
    const { phase } = measurementPhase(metric, recorded);
    if (phase === measurement.phase) return judgement(null, phase, null, null, `value not judged: ${why}`);
    return judgement(
      null,
      phase,
      false,
      null,
      `the conditions make ${measurement.value} ${phase}, not ${measurement.phase}`,
    );
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return judgement(null, null, null, null, `not judged: ${error.message}`);
  }
}

function phaseOf(metric: AnalysisMetric, outcome: QueryOutcome): { phase: AnalysisPhase; message?: string } {
  return 'failure' in outcome
    ? { phase: 'Error', message: outcome.failure }
    : measurementPhase(metric, outcome.result as MetricResult);
}

function textOf(outcome: QueryOutcome): string | null {
  return 'result' in outcome ? formatResult(outcome.result) : null;
}

function judgement(
  oracleValue: string | null,
  oraclePhase: AnalysisPhase | null,
  agrees: boolean | null,
  explainedBy: Judged['explainedBy'],
  why: string,
): Judged {
  return { oracleValue, oraclePhase, agrees, explainedBy, why };
}
