/** AnalysisRuns for the report: what Argo Rollouts measured, and what the oracle makes of the same samples. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { AnalysisReport } from '../../reports/model/rollout-report.ts';
import { metricsOf } from './analysis-query.ts';

interface Measurement {
  readonly phase?: string;
  readonly value?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}
export interface MetricResult {
  readonly name: string;
  readonly phase?: string;
  readonly measurements?: readonly Measurement[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What the oracle says of one metric of one run; measurement for measurement, in their order. */
export interface ReplayedMetric {
  readonly phase: string | undefined;
  readonly measurements: readonly {
    readonly phase: string | undefined;
    readonly value: string | undefined;
    /** Undefined: not judged. */
    readonly agrees: boolean | undefined;
  }[];
}

export const metricResults = (run: KubeObject): readonly MetricResult[] =>
  (run.status as { metricResults?: readonly MetricResult[] } | undefined)?.metricResults ?? [];

/** @param replayed by metric name; metrics that the oracle could not be asked about are absent */
export function analysisReports(
  run: KubeObject,
  rollout: string,
  replayed: ReadonlyMap<string, ReplayedMetric>,
): AnalysisReport[] {
  return metricResults(run).map((result) => {
    const metric = metricsOf(run).find(({ name }) => name === result.name);
    const oracle = replayed.get(result.name);
    const conditions = [
      metric?.successCondition === undefined ? undefined : `success: ${metric.successCondition}`,
      metric?.failureCondition === undefined ? undefined : `failure: ${metric.failureCondition}`,
    ];
    return {
      run: run.metadata.name,
      rollout,
      metric: result.name,
      // the query as it was sent, with its arguments
      query: (result.metadata?.ResolvedPrometheusQuery ?? metric?.provider?.prometheus?.query ?? '').trim(),
      condition: conditions.filter(Boolean).join('; '),
      phase: result.phase ?? 'Pending',
      ...(oracle?.phase === undefined ? {} : { oraclePhase: oracle.phase }),
      measurements: (result.measurements ?? []).map((measurement, i) => {
        const own = oracle?.measurements[i];
        return {
          atMs: Date.parse(measurement.startedAt ?? measurement.finishedAt ?? '') || 0,
          phase: measurement.phase ?? 'Pending',
          value: measurement.value ?? measurement.message ?? '',
          ...(own?.phase === undefined ? {} : { oraclePhase: own.phase }),
          ...(own?.value === undefined ? {} : { oracleValue: own.value }),
          ...(own?.agrees === undefined ? {} : { agrees: own.agrees }),
        };
      }),
    };
  });
}
