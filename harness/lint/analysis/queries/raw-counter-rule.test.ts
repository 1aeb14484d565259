import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_REQUESTS, metricOf, type UnitOptions } from '../analysis-fixture.ts';

const ABOVE = { successCondition: 'result[0] > 0.9', failureCondition: undefined };
const COUNTER = `sum(${CANARY_REQUESTS},response_code!~"5.."})`;
const SHARE = `${COUNTER} / sum(${CANARY_REQUESTS}})`;

function told(query: string, conditions: Record<string, unknown> = ABOVE, rest: UnitOptions = {}): string[] {
  return analysisFindingsOf({ metrics: [metricOf(query, conditions)], ...rest }, 'ANALYSIS_COUNTER_WITHOUT_RATE').map(
    ({ severity, sentence }) => `${severity} ${sentence.split('have started, ')[1]}`,
  );
}

describe('a counter of requests', () => {
  it('that is compared as it stands never fails again', () => {
    const never =
      'error and only grows: once it is above 0.9 every measurement is Successful, whatever the canary does';
    expect(told(COUNTER)).toEqual([never]);
    expect(told(COUNTER, { successCondition: undefined, failureCondition: 'result[0] < 0.9' })).toEqual([never]);
    expect(told(`sum(max_over_time(${CANARY_REQUESTS}}[5m]))`)).toEqual([never]);
  });

  it('of failures is held against every later release, and a share of two hardly moves', () => {
    const hour = 'warning so that one bad hour is held against every later release';
    expect(told(COUNTER, { successCondition: 'result[0] < 5', failureCondition: undefined })).toEqual([hour]);
    expect(told(COUNTER, { successCondition: 'result[0] < 5', failureCondition: 'result[0] > 9' })).toEqual([hour]);
    expect(told(SHARE)).toEqual([
      'warning and not over a window, so what the canary does now moves the share less and less',
    ]);
    expect(told(SHARE.replaceAll('sum(', 'sum(sum_over_time(').replaceAll('})', '}[11m]))'))).toHaveLength(1);
  });

  it.each([
    `sum(rate(${CANARY_REQUESTS}}[1m]))`,
    `sum(increase(${CANARY_REQUESTS}}[1m])) / sum(increase(${CANARY_REQUESTS}}[5m]))`,
    `${COUNTER} - sum(${CANARY_REQUESTS}} offset 5m) > 0`.replaceAll('istio_requests_total', 'istio_tcp_connections'),
    `count(${CANARY_REQUESTS}})`,
    `absent(${CANARY_REQUESTS}})`,
    'sum(kube_pod_container_status_restarts_total{pod=~"shop.*"})',
  ])('may be looked at otherwise: %s', (query) => {
    expect(told(query)).toEqual([]);
  });

  it('of pods of the canary alone has counted nothing else', () => {
    const hash = { name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } };
    const canary = {
      steps: [{ setWeight: 10 }, { analysis: { templates: [{ templateName: 'check' }], args: [hash] } }],
    };
    const own = SHARE.replaceAll(
      'destination_service="shop-canary.shop.svc.cluster.local"',
      'pod=~"shop-{{args.hash}}-.*"',
    );
    expect(told(own, ABOVE, { args: [{ name: 'hash' }], canary })).toEqual([]);
  });
});
