import { expect, test } from 'vitest';
import { parsePromql } from '../../../oracle/promql/parse-promql.ts';
import { signalsOf } from './golden-signals.ts';

test.each([
  ['sum(rate(istio_requests_total[1m]))', 'traffic'],
  ['sum(increase(http_requests_total{job="x"}[5m]))', 'traffic'],
  ['sum(rate(istio_request_duration_milliseconds_count[1m]))', 'traffic'],
  ['sum(rate(istio_requests_total{response_code=~"2.."}[1m]))', 'traffic'],
  ['sum by (response_code) (rate(istio_requests_total[1m]))', 'errors traffic'],
  ['sum(rate(istio_requests_total{response_code=~"5.."}[1m]))', 'errors'],
  ['sum(rate(x_requests_total{code!~"[1-4].."}[1m])) / sum(rate(x_requests_total[1m]))', 'errors'],
  ['sum(rate(x_requests_total{status!~"5.."}[1m])) / sum(rate(x_requests_total[1m]))', 'errors'],
  ['1 - sum(rate(x_requests_total{code=~"2.."}[1m])) / sum(rate(x_requests_total[1m]))', 'errors'],
  ['sum(rate(grpc_server_handled_total{grpc_code="Unavailable"}[1m]))', 'errors'],
  ['sum(rate(grpc_server_handled_total{grpc_code!="OK"}[1m]))', 'errors'],
  ['sum(rate(istio_requests_total{grpc_response_status!="0"}[1m]))', 'errors'],
  ['sum(rate(grpc_server_handled_total{grpc_code="OK"}[1m]))', 'traffic'],
  ['rate(app_errors_total[5m])', 'errors'],
  ['sum(rate(istio_requests_total{response_code=~"4.."}[1m]))', 'errors'],
  ['sum(rate(istio_requests_total{response_code!~"5.."}[1m])) / sum(rate(istio_requests_total[1m]))', 'errors'],
  ['sum(rate(istio_requests_total{response_flags!="-"}[1m]))', 'errors'],
  ['sum(rate(istio_requests_total{response_flags="UO"}[1m]))', 'saturation'],
  ['histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket[1m])))', 'latency'],
  ['sum(rate(http_request_duration_seconds_sum[1m])) / sum(rate(http_request_duration_seconds_count[1m]))', 'latency'],
  ['sum(rate(x_duration_seconds_bucket{le="0.3"}[1m])) / sum(rate(x_duration_seconds_count[1m]))', 'latency'],
  ['sum(rate(istio_request_duration_milliseconds_sum[1m])) / 1000', 'saturation'],
  ['sum(rate(container_cpu_usage_seconds_total[1m])) / sum(kube_pod_container_resource_limits)', 'saturation'],
  ['container_memory_working_set_bytes{namespace="x"}', 'saturation'],
  ['envoy_cluster_upstream_rq_pending_active', 'saturation'],
  ['http_request_duration_seconds{quantile="0.95"}', 'latency'],
  ['rate(container_network_receive_errors_total[2m])', ''],
  ['up', ''],
  ['count(kube_pod_info)', ''],
  // what a success share is of is no traffic
  ['sum(rate(x_total[1m])) / sum(rate(x_requests_total[1m]))', ''],
])('%s: %s', (query, expected) => {
  expect([...signalsOf(parsePromql(query))].sort().join(' ')).toBe(expected);
});
