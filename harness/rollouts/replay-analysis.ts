/** Asks the oracle to replay an AnalysisRun over the samples that Prometheus had scraped. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { AnalysisReport } from '../../reports/model/rollout-report.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { rawSamples } from '../evidence/query-probe.ts';
import type { AnalysisRun } from '../oracle/analysis-types.ts';
import { rangeQuery, samplesOf, seriesOf } from '../oracle/promql/needed-samples.ts';
import { replay } from '../oracle/replay.ts';
import { resolveArguments } from '../oracle/resolve-arguments.ts';
import type { Scene } from '../scene/scene.ts';
import { analysisReports, metricResults, type ReplayedMetric } from './analysis-report.ts';

/** A query may be evaluated this much later than its measurement's stamp says. */
const MARGIN_MS = 2_000;

/**
 * @param rollout as it should read in the report
 * @throws HarnessError PROMETHEUS_UNREACHABLE
 */
export async function replayAnalysis(run: KubeObject, rollout: string, scene: Scene): Promise<AnalysisReport[]> {
  return analysisReports(run, rollout, await askOracle(run, scene));
}

async function askOracle(run: KubeObject, scene: Scene): Promise<ReadonlyMap<string, ReplayedMetric>> {
  const { prometheusUrl } = scene.cluster;
  if (prometheusUrl === undefined) return new Map();
  const analysis = run as unknown as AnalysisRun;
  try {
    const answers = await neededAnswers(analysis, run, prometheusUrl, scene.signal);
    const argoVersion = scene.cluster.components.find(({ name }) => /rollouts-controller|argo-rollouts/.test(name));
    const { metrics } = replay(
      analysis,
      samplesOf(...answers),
      argoVersion ? { argoVersion: argoVersion.version } : {},
    );
    return new Map(
      metrics.map((metric) => [
        metric.name,
        {
          phase: metric.oraclePhase,
          measurements: metric.measurements.map(({ oraclePhase, oracleValue, agrees }) => ({
            phase: oraclePhase ?? undefined,
            value: oracleValue ?? undefined,
            agrees: agrees ?? undefined,
          })),
        },
      ]),
    );
  } catch (error) {
    if (!(error instanceof HarnessError) || !/^(PROMQL|ORACLE|ANALYSIS)_/.test(error.code)) throw error;
    scene.progress.note(`${run.metadata.name} could not be replayed: ${error.message}`);
    return new Map();
  }
}

/** Raw samples of every series that any query reads, from before the first measurement to after the last. */
async function neededAnswers(
  analysis: AnalysisRun,
  run: KubeObject,
  url: string,
  signal: AbortSignal,
): Promise<unknown[]> {
  const times = metricResults(run)
    .flatMap(({ measurements = [] }) => measurements.map(({ startedAt }) => Date.parse(startedAt ?? '')))
    .filter((time) => !Number.isNaN(time));
  if (times.length === 0) return [];
  const [first, last] = [Math.min(...times), Math.max(...times) + MARGIN_MS];
  const needed = analysis.spec.metrics.flatMap((metric) => {
    const query = resolveArguments(metric, analysis.spec.args).provider.prometheus?.query;
    return query === undefined ? [] : seriesOf(query);
  });
  return Promise.all(
    needed.map((series) => rawSamples(url, rangeQuery(series, last - first + MARGIN_MS), last, signal)),
  );
}
