/** Analyses, boundary pairs and rollback of the sample rollout, for tests. */
import type { AnalysisReport, BoundaryReport, WaterfallReport } from '../rollout-report.ts';
import * as schedule from './sample-rollout-schedule.ts';

export function sampleWaterfall(startedAt: number, stale: boolean): WaterfallReport {
  const lags = schedule.acknowledgementLags(stale).map(({ proxy, lagsMs }) => ({ proxy, lagMs: lagsMs[3] ?? 0 }));
  const declared = schedule.CHANGES[3].atMs;
  const acknowledged = declared + Math.max(...lags.map(({ lagMs }) => lagMs));
  const event = (
    name: WaterfallReport['events'][number]['name'],
    offsetMs: number,
    detail: string,
    budgetMs?: number,
  ) => ({
    name,
    atMs: startedAt + offsetMs,
    detail,
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });
  return {
    title: 'checkout: 5 % errors in the canary at 50 % weight',
    rollout: schedule.ROLLOUT,
    outcome: stale ? 'failed' : 'passed',
    events: [
      event('fault-injected', schedule.FAULT_MS, '5 % of the canary answers 500'),
      event('metric-crosses', 91_400, 'success rate 0.9891 < 0.99, by the oracle', 15_000),
      event('measurement-failed', 102_020, '0.9713, first of 2 allowed', 20_000),
      event('analysis-failed', schedule.ANALYSIS_FAILED_MS, 'checkout-success: failureLimit 1 exceeded', 20_000),
      event('aborted', schedule.ABORTED_MS, 'RolloutAborted', 1_000),
      event('weight-zero-declared', declared, 'VirtualService shop/checkout by rollouts-controller', 1_000),
      event('weight-zero-acknowledged', acknowledged, 'by the last of 3 proxies', 2_000),
      event('last-canary-answer', acknowledged + 41, 'pod checkout-6f9d7c5b64-hxw2p', 1_000),
      event('canary-pods-gone', schedule.PODS_GONE_MS, 'abortScaleDownDelaySeconds 30', 45_000),
      ...(stale ? [] : [event('commit-status-posted', 149_100, 'failure on 77ac01f', 10_000)]),
    ],
    proxies: lags.map(({ proxy, lagMs }) => ({ proxy, acknowledgedAtMs: startedAt + declared + lagMs })),
    badAnswers: stale ? 503 : 421,
    canaryAnswers: stale ? 10_060 : 8_420,
    distinctUsers: stale ? 388 : 341,
    requests: 82_400,
  };
}

export function sampleAnalyses(startedAt: number, disagreeing: boolean): AnalysisReport[] {
  const at = (index: number) => startedAt + schedule.ANALYSIS_FROM_MS + index * 15_000 + 20;
  const measure = (
    index: number,
    phase: string,
    value: string,
    oracle: readonly [string, string] = [phase, value],
  ) => ({
    atMs: at(index),
    phase,
    value,
    oraclePhase: oracle[0],
    oracleValue: oracle[1],
    agrees: oracle[0] === phase,
  });
  const common = { run: 'checkout-6f9d7c5b64-2-1', rollout: schedule.ROLLOUT };
  return [
    {
      ...common,
      metric: 'success-rate',
      query:
        'sum(rate(istio_requests_total{destination_service_name="checkout-canary",response_code!~"5.."}[1m])) / sum(rate(istio_requests_total{destination_service_name="checkout-canary"}[1m]))',
      condition: 'success: len(result) > 0 && result[0] >= 0.99',
      phase: 'Failed',
      oraclePhase: 'Failed',
      measurements: [
        measure(0, 'Successful', '[1]'),
        measure(1, 'Successful', '[1]'),
        measure(2, 'Successful', '[0.9943]'),
        measure(3, 'Failed', '[0.9713]'),
        measure(4, 'Failed', '[0.9502]'),
      ],
    },
    {
      ...common,
      metric: 'latency-p95',
      query:
        'histogram_quantile(0.95, sum(rate(istio_request_duration_milliseconds_bucket{destination_service_name="checkout-canary"}[1m])) by (le))',
      condition: 'success: isNaN(result[0]) || result[0] <= 500',
      phase: disagreeing ? 'Failed' : 'Inconclusive',
      oraclePhase: 'Inconclusive',
      measurements: [
        measure(0, 'Inconclusive', '[]'),
        measure(1, 'Successful', '[24.1]'),
        measure(2, 'Successful', '[23.8]'),
        disagreeing ? measure(3, 'Failed', '[500.8]', ['Successful', '[498.6]']) : measure(3, 'Successful', '[498.6]'),
        { atMs: at(4), phase: 'Error', value: 'connection refused' },
      ],
    },
  ];
}

interface Case {
  readonly name: string;
  readonly declared: string;
  readonly injected: string;
  readonly side: BoundaryReport['side'];
  readonly level?: BoundaryReport['level'];
  readonly expected: string;
  readonly observed?: string;
  readonly abortAfterMs?: number;
  readonly lostRequests?: number;
  readonly oracle?: readonly [number, number];
  readonly outcome?: BoundaryReport['outcome'];
}

export function sampleBoundaries(failing: boolean): BoundaryReport[] {
  const rate = (injected: number) => ({ limit: 1, injected, unit: '% errors', bad: 'above' as const });
  const success = (injected: number) => ({ limit: 99, injected, unit: '% successes', bad: 'below' as const });
  const p95 = (injected: number) => ({ limit: 500, injected, unit: 'ms', bad: 'above' as const });
  const lasts = (injected: number) => ({ limit: 120, injected, unit: 's', bad: 'above' as const });
  const errorRate = 'error rate > 1 % for 2 min';
  const cases: readonly (readonly [string, readonly Case[]])[] = [
    [
      'rollback-error-rate',
      [
        {
          name: 'error-rate-inside',
          declared: errorRate,
          injected: '22 of 2250 errors (0.978 %)',
          side: 'inside',
          level: rate(0.978),
          expected: 'promoted',
          ...(failing
            ? { observed: 'aborted', abortAfterMs: 131_400, outcome: 'failed', oracle: [8, 7] as const }
            : {}),
        },
        {
          name: 'error-rate-outside',
          declared: errorRate,
          injected: '23 of 2250 errors (1.022 %)',
          side: 'outside',
          level: rate(1.022),
          expected: 'aborted',
          abortAfterMs: 134_200,
        },
        {
          name: 'error-duration-inside',
          declared: errorRate,
          injected: '5 % errors for 1 min 50 s',
          side: 'inside',
          level: lasts(110),
          expected: 'promoted',
        },
        {
          name: 'error-duration-outside',
          declared: errorRate,
          injected: '5 % errors for 2 min 10 s',
          side: 'outside',
          level: lasts(130),
          expected: 'aborted',
          abortAfterMs: 128_900,
        },
      ],
    ],
    [
      'rollback-latency',
      [
        {
          name: 'p95-499',
          declared: 'p95 <= 500 ms',
          injected: '499 ms',
          side: 'inside',
          level: p95(499),
          expected: 'promoted',
        },
        {
          name: 'p95-500',
          declared: 'p95 <= 500 ms',
          injected: '500 ms',
          side: 'inside',
          level: p95(500),
          expected: 'promoted',
        },
        {
          name: 'p95-501',
          declared: 'p95 <= 500 ms',
          injected: '501 ms',
          side: 'outside',
          level: p95(501),
          expected: 'aborted',
          abortAfterMs: 62_300,
          ...(failing ? { lostRequests: 42, outcome: 'failed' } : {}),
        },
      ],
    ],
    [
      'rollback-success-rate',
      [
        {
          name: 'success-inside',
          declared: 'success rate >= 0.99',
          injected: '99.022 %',
          side: 'inside',
          level: success(99.022),
          expected: 'promoted',
        },
        {
          name: 'success-outside',
          declared: 'success rate >= 0.99',
          injected: '98.978 %',
          side: 'outside',
          level: success(98.978),
          expected: 'aborted',
          abortAfterMs: 71_100,
        },
        {
          name: 'no-traffic',
          declared: 'success rate >= 0.99',
          injected: 'no request at all',
          side: 'special',
          expected: 'paused: every measurement inconclusive',
        },
        {
          name: 'one-scrape-burst',
          declared: 'success rate >= 0.99',
          injected: '40 errors within 5 s',
          side: 'special',
          expected: 'either way, as the oracle says',
          observed: 'aborted',
          abortAfterMs: 48_000,
          ...(failing ? { outcome: 'inconclusive' } : {}),
        },
      ],
    ],
  ];
  return cases.flatMap(([claim, list]) =>
    list.map(({ oracle, observed, abortAfterMs, level, ...one }) => ({
      claimId: `zero-downtime/${claim}`,
      ...one,
      observed: observed ?? one.expected,
      ...(level === undefined ? {} : { level }),
      ...(abortAfterMs === undefined ? {} : { abortAfterMs, lastCanaryAfterMs: 420 + (abortAfterMs % 97) }),
      lostRequests: one.lostRequests ?? 0,
      measurements: oracle?.[0] ?? 8,
      oracleAgrees: oracle?.[1] ?? 8,
      outcome: one.outcome ?? 'passed',
    })),
  );
}
