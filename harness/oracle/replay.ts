/**
 * Replays an AnalysisRun: every measurement from the scraped samples, every verdict from the measurements. Pure, and no
 * statistics: a difference is a defect of one of the two sides, or a sample that was not collected.
 */
import { isDryRun, type MetricState, runVerdict } from './analysis-machine.ts';
import {
  type AnalysisMetric,
  type AnalysisMetricResult,
  type AnalysisPhase,
  type AnalysisRun,
  isCompleted,
} from './analysis-types.ts';
import { type ArgoFeatures, argoFeatures } from './argo-version.ts';
import { type MetricCounters, metricVerdict, NO_MEASUREMENTS, withMeasurement } from './metric-verdict.ts';
import type { Series } from './promql/series.ts';
import { INSTANT_SPAN_MS, replayMeasurement } from './replay-measurement.ts';
import type { MeasurementReplay, MetricReplay, OracleFinding, ReplayOptions, RunReplay } from './replay-types.ts';
import { resolveArguments } from './resolve-arguments.ts';

/**
 * `series` must hold what `seriesOf` of every query names, from the first measurement to the last.
 *
 * @throws HarnessError ANALYSIS_ARGUMENT_UNRESOLVED when an argument of the run is kept in a Secret
 */
export function replay(run: AnalysisRun, series: readonly Series[], options: ReplayOptions = {}): RunReplay {
  const features = argoFeatures(options.argoVersion);
  const results = run.status?.metricResults ?? [];
  const replayed = run.spec.metrics.flatMap((metric): Replayed[] => {
    const result = results.find(({ name }) => name === metric.name);
    return result ? [replayResult(resolveArguments(metric, run.spec.args), result, series, options, features)] : [];
  });
  const recordedPhase = run.status?.phase ?? 'Pending';
  const terminating = run.spec.terminate === true || replayed.some((one) => endsRun(run, one));
  const closed = replayed.map((one) => close(one, terminating && isCompleted(recordedPhase), features));
  const states = Object.fromEntries(closed.map(({ metric, state }) => [metric.name, state]));
  const { phase, reason } = runVerdict(
    run.spec,
    { startedMs: undefined, phase: undefined, reason: '', metrics: states },
    terminating,
  );
  const name = run.metadata?.name ?? 'analysis run';
  const metrics = closed.map(({ replay: metric }) => metric);
  const agrees = phase === recordedPhase;
  const why = agrees
    ? ''
    : `the measurements make the run ${phase}${reason ? ` (${reason})` : ''}, not ${recordedPhase}`;
  const measurements = metrics.flatMap((metric) => metric.measurements);
  return {
    name,
    recordedPhase,
    oraclePhase: phase,
    agrees,
    why,
    metrics,
    findings: findingsOf(name, metrics, why),
    counts: {
      agree: measurements.filter((one) => one.agrees === true).length,
      disagree: measurements.filter((one) => one.agrees === false).length,
      notJudged: measurements.filter((one) => one.agrees === null).length,
    },
    allowance: {
      tolerance: options.tolerance ?? 1e-9,
      ingestionLagMs: options.ingestionLagMs ?? 1000,
      instantSpanMs: INSTANT_SPAN_MS,
    },
  };
}

interface Replayed {
  readonly metric: AnalysisMetric;
  readonly result: AnalysisMetricResult;
  readonly state: MetricState;
  /** How many of the kept measurements were needed for the verdict. */
  readonly needed: number;
  readonly measurements: readonly MeasurementReplay[];
}

function endsRun(run: AnalysisRun, { metric, state }: Replayed): boolean {
  return isCompleted(state.phase) && state.phase !== 'Successful' && !isDryRun(run.spec, metric.name);
}

function replayResult(
  metric: AnalysisMetric,
  result: AnalysisMetricResult,
  series: readonly Series[],
  options: ReplayOptions,
  features: ArgoFeatures,
): Replayed {
  const taken = (result.measurements ?? []).filter(({ phase }) => isCompleted(phase));
  const measurements = taken.map((measurement, index) =>
    replayMeasurement({ metric, measurement, index, series, options }),
  );
  let counters = countersBefore(
    result,
    taken.map(({ phase }) => phase),
  );
  let state: MetricState = { phase: 'Running', counters, reason: '', lastPhase: 'Running', lastFinishedMs: 0 };
  let needed = 0;
  for (const { oraclePhase, recordedPhase } of measurements) {
    if (isCompleted(state.phase)) break;
    const lastPhase = oraclePhase ?? recordedPhase;
    counters = withMeasurement(counters, lastPhase);
    state = {
      ...state,
      counters,
      lastPhase,
      ...metricVerdict(metric, { counters, phase: state.phase }, false, features),
    };
    needed += 1;
  }
  return { metric, result, state, needed, measurements };
}

/** Argo keeps the last measurements only, but counts all: what the dropped ones had counted to. */
function countersBefore(result: AnalysisMetricResult, kept: readonly AnalysisPhase[]): MetricCounters {
  const keptCounts = kept.reduce(withMeasurement, NO_MEASUREMENTS);
  const before = (name: keyof MetricCounters) => Math.max(0, (result[name] ?? 0) - keptCounts[name]);
  const counters = {
    ...NO_MEASUREMENTS,
    count: before('count'),
    successful: before('successful'),
    failed: before('failed'),
    inconclusive: before('inconclusive'),
    error: before('error'),
  };
  // Runs of errors or successes reach back into the dropped part only when all that is kept continues them.
  const all = (phase: AnalysisPhase) => kept.length > 0 && kept.every((one) => one === phase);
  return {
    ...counters,
    consecutiveError: all('Error') ? before('consecutiveError') : 0,
    consecutiveSuccess: all('Successful') ? before('consecutiveSuccess') : 0,
  };
}

/** A run that ends closes its open metrics. */
function close(one: Replayed, runEnds: boolean, features: ArgoFeatures): Replayed & { readonly replay: MetricReplay } {
  const { metric, result, measurements, needed } = one;
  const state =
    runEnds && !isCompleted(one.state.phase)
      ? { ...one.state, ...metricVerdict(metric, one.state, true, features) }
      : one.state;
  const surplus = measurements.length - needed;
  const sameVerdict = state.phase === result.phase;
  const why = sameVerdict
    ? surplus > 0
      ? `decided (${state.phase}: ${state.reason}) after ${needed} of ${measurements.length} measurements, but Argo went on`
      : ''
    : `the measurements make it ${state.phase}${state.reason ? ` (${state.reason})` : ''}, not ${result.phase}`;
  return {
    ...one,
    state,
    replay: {
      name: metric.name,
      recordedPhase: result.phase,
      oraclePhase: state.phase,
      agrees: why === '',
      why,
      measurements,
    },
  };
}

function findingsOf(run: string, metrics: readonly MetricReplay[], why: string): readonly OracleFinding[] {
  const code = 'ORACLE_DISAGREES';
  const ofMetrics = metrics.flatMap((metric): OracleFinding[] => [
    ...metric.measurements
      .filter(({ agrees }) => agrees === false)
      .map(
        (measurement): OracleFinding => ({
          code,
          level: 'measurement',
          metric: metric.name,
          atMs: measurement.startedAtMs,
          sentence: `${run}, ${metric.name}, measurement ${measurement.index + 1}: ${measurement.why}`,
        }),
      ),
    ...(metric.agrees
      ? []
      : [
          {
            code,
            level: 'metric',
            metric: metric.name,
            atMs: null,
            sentence: `${run}, ${metric.name}: ${metric.why}`,
          } as const,
        ]),
  ]);
  return why === ''
    ? ofMetrics
    : [...ofMetrics, { code, level: 'run', metric: null, atMs: null, sentence: `${run}: ${why}` }];
}
