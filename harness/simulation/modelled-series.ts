/**
 * The series that the simulation knows: Istio's standard metrics of the canary and of the stable version, as either
 * reporter counts them. One scraped target for each version.
 */
import type { Labels, Series } from '../oracle/promql/series.ts';
import { type Column, ScrapeTarget } from './scraped-store.ts';

export interface ArmNames {
  readonly namespace: string;
  /** The Service that the route of this arm leads to. */
  readonly service: string;
  readonly workload: string;
  /** Labels of the pods. */
  readonly app: string;
  readonly version: string;
}

export interface ArmSeries {
  readonly target: ScrapeTarget;
  readonly good: Column;
  readonly bad: Column;
  /** One column a bound (the last is +Inf); empty when no query reads the histogram. */
  readonly goodBuckets: readonly Column[];
  readonly badBuckets: readonly Column[];
}

export interface ModelledSeries {
  readonly labels: Labels;
  readonly column: Column;
  readonly arm: 'canary' | 'stable';
}

export interface SeriesModel {
  readonly canary: ArmSeries;
  readonly stable: ArmSeries;
  readonly series: readonly ModelledSeries[];
}

const GOOD_CODE = '200';
const BAD_CODE = '500';

export function createSeriesModel(
  names: Readonly<Record<'canary' | 'stable', ArmNames>>,
  boundsMs: readonly number[],
): SeriesModel {
  const canary = createArm(boundsMs);
  const stable = createArm(boundsMs);
  return {
    canary,
    stable,
    series: [
      ...seriesOf('canary', canary, names.canary, boundsMs),
      ...seriesOf('stable', stable, names.stable, boundsMs),
    ],
  };
}

function createArm(boundsMs: readonly number[]): ArmSeries {
  const target = new ScrapeTarget();
  const good = target.addColumn();
  const bad = target.addColumn();
  const buckets = (all: Column) => (boundsMs.length === 0 ? [] : [...boundsMs, 0].map(() => target.addColumn(all)));
  return { target, good, bad, goodBuckets: buckets(good), badBuckets: buckets(bad) };
}

function seriesOf(
  arm: ModelledSeries['arm'],
  { good, bad, goodBuckets, badBuckets }: ArmSeries,
  names: ArmNames,
  boundsMs: readonly number[],
): ModelledSeries[] {
  return ['source', 'destination'].flatMap((reporter) =>
    [
      { code: GOOD_CODE, column: good, buckets: goodBuckets },
      { code: BAD_CODE, column: bad, buckets: badBuckets },
    ].flatMap(({ code, column, buckets }): ModelledSeries[] => {
      const labels = { reporter, response_code: code, ...istioLabels(names) };
      return [
        { labels: { __name__: 'istio_requests_total', ...labels }, column, arm },
        { labels: { __name__: 'istio_request_duration_milliseconds_count', ...labels }, column, arm },
        ...buckets.map((bucket, index) => ({
          labels: {
            __name__: 'istio_request_duration_milliseconds_bucket',
            ...labels,
            le: index < boundsMs.length ? String(boundsMs[index]) : '+Inf',
          },
          column: bucket,
          arm,
        })),
      ];
    }),
  );
}

function istioLabels({ namespace, service, workload, app, version }: ArmNames): Labels {
  return {
    request_protocol: 'http',
    response_flags: '-',
    destination_service: `${service}.${namespace}.svc.cluster.local`,
    destination_service_name: service,
    destination_service_namespace: namespace,
    destination_workload: workload,
    destination_workload_namespace: namespace,
    destination_app: app,
    destination_version: version,
    destination_canonical_service: app,
    destination_canonical_revision: version,
  };
}

/** As the oracle takes them; for shapes that are not compiled, and for the judge of those that are. */
export function asOracleSeries(series: readonly ModelledSeries[], untilMs: number): Series[] {
  return series.flatMap(({ labels, column }): Series[] => {
    const points = column.pointsWithin(Number.NEGATIVE_INFINITY, untilMs);
    return points.length === 0 ? [] : [{ labels, points, staleAtMs: column.target.staleAtMs(untilMs) }];
  });
}
