/**
 * The labels of Istio's standard metrics (istio.io/latest/docs/reference/config/metrics). A matcher on another label of
 * that kind finds no series at all, for ever; labels of pods may be there, where the scrape configuration maps them (Istio's
 * own does).
 */

import { nearestName } from '../../../documents/nearest-name.ts';
import { childrenOf, type PromExpr, type SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import type { Finding } from '../../manifest-set.ts';

const COMMON = [
  'reporter',
  ...['source', 'destination'].flatMap((side) =>
    [
      'workload',
      'workload_namespace',
      'principal',
      'app',
      'version',
      'cluster',
      'canonical_service',
      'canonical_revision',
    ].map((label) => `${side}_${label}`),
  ),
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'request_protocol',
  'response_flags',
  'connection_security_policy',
];
const HTTP = [...COMMON, 'response_code', 'grpc_response_status'];
/** What Prometheus adds to every series of a target, and the labels of pods that Istio's own scrape configuration keeps. */
const TARGET = [
  'job',
  'instance',
  'pod',
  'pod_name',
  'namespace',
  'kubernetes_namespace',
  'kubernetes_pod_name',
  'app',
  'version',
  'service',
  'container',
  'endpoint',
  'node',
  'cluster',
];

const METRICS: Readonly<Record<string, readonly string[]>> = {
  istio_requests_total: HTTP,
  ...Object.fromEntries(
    ['istio_request_duration_milliseconds', 'istio_request_bytes', 'istio_response_bytes'].flatMap((name) => [
      [`${name}_bucket`, [...HTTP, 'le']],
      [`${name}_sum`, HTTP],
      [`${name}_count`, HTTP],
    ]),
  ),
  istio_request_messages_total: COMMON,
  istio_response_messages_total: COMMON,
  istio_tcp_sent_bytes_total: COMMON,
  istio_tcp_received_bytes_total: COMMON,
  istio_tcp_connections_opened_total: COMMON,
  istio_tcp_connections_closed_total: COMMON,
};

/** Nobody but the mesh gives labels with these beginnings. */
const OF_THE_MESH = /^(source|destination|request|response|connection)_/;

/** A label of few letters is near to another one by chance: `role` to `node`. */
const OF_PODS = "Istio's own Prometheus adds the labels of pods; another one must be told to (labelmap).";

type Problem = Pick<Finding, 'code' | 'severity' | 'sentence' | 'hint'>;

export function unknownMetricLabels(expr: PromExpr): readonly Problem[] {
  const own = expr.kind === 'selector' ? problemsOf(expr) : [];
  const found = [...own, ...childrenOf(expr).flatMap(unknownMetricLabels)];
  return found.filter((one, index) => found.findIndex(({ sentence }) => sentence === one.sentence) === index);
}

/**
 * Prometheus 3 stores the bounds of classic histograms as numbers with a fraction, `500.0`, whatever the target wrote; before,
 * they were stored as written (prometheus.io/docs/prometheus/latest/migration, "le and quantile label values").
 */
export function wholeBounds(expr: PromExpr): readonly Problem[] {
  const own =
    expr.kind === 'selector'
      ? expr.matchers.filter(({ label, operator, value }) => label === 'le' && operator === '=' && /^\d+$/.test(value))
      : [];
  const found = [
    ...own.map(
      ({ value }): Problem => ({
        code: 'ANALYSIS_LE_WITHOUT_FRACTION',
        severity: 'warning',
        sentence: `le="${value}" finds nothing on Prometheus 3, which stores that bound as ${value}.0; before version 3 it is stored as the target wrote it`,
        hint: `Write ${boundMatcher(value)}, which finds both.`,
      }),
    ),
    ...childrenOf(expr).flatMap(wholeBounds),
  ];
  return found.filter((one, index) => found.findIndex(({ sentence }) => sentence === one.sentence) === index);
}

/** Of a bound of a classic histogram, on any version of Prometheus. */
export function boundMatcher(bound: number | string): string {
  return /^\d+$/.test(String(bound)) ? `le=~"${bound}([.]0)?"` : `le="${bound}"`;
}

function problemsOf({ name, matchers }: SelectorExpr): readonly Problem[] {
  if (name === undefined || !name.startsWith('istio_')) return [];
  const labels = METRICS[name];
  if (!labels) {
    const near = nearestName(name, Object.keys(METRICS));
    return [
      {
        code: 'ANALYSIS_METRIC_UNKNOWN',
        severity: 'warning',
        sentence: `${name} is none of Istio's standard metrics`,
        ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
      },
    ];
  }
  const known = new Set([...labels, ...TARGET, '__name__']);
  return matchers
    .filter(({ label, accepts }) => !known.has(label) && !accepts(''))
    .map(({ label }): Problem => {
      const near = nearestName(label, labels);
      const isMisspelt = OF_THE_MESH.test(label) || (near !== undefined && near !== 'le');
      const hint = near === undefined ? `Its labels: ${labels.join(', ')}.` : `Did you mean ${near}?`;
      return {
        code: 'ANALYSIS_LABEL_UNKNOWN',
        severity: isMisspelt ? 'error' : 'warning',
        sentence: `${name} has no label ${label}, so the selector finds no series${OF_THE_MESH.test(label) ? '' : ', unless the scrape adds it'}`,
        hint: isMisspelt ? hint : `${OF_PODS} ${hint}`,
      };
    });
}
