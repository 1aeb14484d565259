/** The measurement that failed an AnalysisRun, and when what it measured had crossed its limit. */
import { queryPrometheusRange } from '../../evidence/prometheus-client.ts';
import { analysisReports, metricResults } from '../../rollouts/analysis-report.ts';
import type { SeenRun } from '../../rollouts/rollout-watch.ts';
import type { Scene } from '../../scene/scene.ts';
import type { RollbackFacts } from './waterfall.ts';

const at = (atMs: number, detail: string) => ({ atMs, detail });

/** When the measurement and the run it belongs to were seen to have failed; nothing without such a run. */
export function failureTimes(run: SeenRun | undefined): RollbackFacts['times'] {
  if (!run) return {};
  const [report] = analysisReports(run.object, '', new Map()).filter(({ phase }) => phase === 'Failed');
  const place = report?.measurements.findIndex(({ phase }) => phase === 'Failed') ?? -1;
  const seenMs = report && run.measuredMs.get(`${report.metric}/${place + 1}`);
  const failedMs = run.phases.find(({ phase }) => phase === 'Failed')?.atMs;
  return {
    ...(report && seenMs !== undefined
      ? { 'measurement-failed': at(seenMs, `${report.metric} ${report.measurements[place]?.value ?? ''}`) }
      : {}),
    ...(failedMs === undefined ? {} : { 'analysis-failed': at(failedMs, run.object.metadata.name) }),
  };
}

/**
 * When the query of the metric that failed crossed its limit, second by second, by Prometheus' own evaluation; undefined: it
 * did not. `unknown` where that cannot be asked, such as of a condition that compares no single number.
 */
export async function metricCrosses(run: SeenRun, fromMs: number, toMs: number, scene: Scene) {
  const { prometheusUrl } = scene.cluster;
  const failed = metricResults(run.object).find(({ phase }) => phase === 'Failed');
  const measurement = failed?.measurements?.find(({ phase }) => phase === 'Failed');
  const query = failed?.metadata?.ResolvedPrometheusQuery;
  const value = Number(/-?[\d.]+(?:e[-+]?\d+)?/i.exec(measurement?.value ?? '')?.[0]);
  const limit = limitOf(run, failed?.name ?? '');
  if (prometheusUrl === undefined || query === undefined || Number.isNaN(value) || limit === undefined)
    return 'unknown';
  const [series] = await queryPrometheusRange(
    prometheusUrl,
    query,
    { startMs: fromMs - 5_000, endMs: toMs, stepMs: 1_000 },
    scene.signal,
  );
  const baseline = series?.points.findLast(({ atMs }) => atMs <= fromMs)?.value;
  if (!series) return 'unknown';
  const isBad = (point: number) => (value < limit ? point < limit : point >= limit);
  const crossed = series.points.find((point) => point.atMs > fromMs && isBad(point.value));
  return (
    crossed &&
    at(
      crossed.atMs,
      `${failed?.name} ${crossed.value.toPrecision(4)}, limit ${limit}, before ${baseline?.toPrecision(4) ?? 'nothing'}`,
    )
  );
}

/** The number that the condition compares result[0] with, arguments filled in. */
function limitOf(run: SeenRun, metric: string): number | undefined {
  const [report] = analysisReports(run.object, '', new Map()).filter((each) => each.metric === metric);
  const compared = /result\[0\]\s*(?:<=|>=|<|>)\s*(\{\{\s*args\.([\w-]+)\s*\}\}|[\d.]+)/.exec(report?.condition ?? '');
  const args = (run.object.spec as { args?: readonly { name: string; value?: string }[] } | undefined)?.args ?? [];
  const text = compared?.[2] === undefined ? compared?.[1] : args.find(({ name }) => name === compared[2])?.value;
  const limit = Number(text);
  return Number.isFinite(limit) ? limit : undefined;
}
