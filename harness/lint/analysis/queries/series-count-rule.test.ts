import { describe, expect, it } from 'vitest';
import { lintManifests } from '../../lint-manifests.ts';

function found(query: string, condition = 'result[0] < 0.01') {
  const text = `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - name: errors
      successCondition: ${JSON.stringify(condition)}
      failureCondition: "false"
      provider:
        prometheus:
          query: ${JSON.stringify(query)}
`;
  return lintManifests([{ path: 'a.yaml', text }]).filter(({ code }) => code === 'ANALYSIS_SEVERAL_SERIES');
}

const REQUESTS = 'istio_requests_total{destination_app="shop"}';

describe('a query whose condition looks at one series', () => {
  it.each([
    REQUESTS,
    `rate(${REQUESTS}[1m])`,
    `(sum by (pod) (rate(${REQUESTS}[1m]))) > 0`,
    `sum without (pod) (rate(${REQUESTS}[1m]))`,
    `rate(${REQUESTS}[1m]) / ignoring(pod) group_left sum(rate(${REQUESTS}[1m]))`,
    `histogram_quantile(0.95, rate(istio_request_duration_milliseconds_bucket[1m]))`,
    `histogram_quantile(0.95, sum by (le, pod) (rate(istio_request_duration_milliseconds_bucket[1m])))`,
    `max_over_time((rate(${REQUESTS}[1m]))[5m:10s])`,
    `rate(${REQUESTS}[1m]) or vector(0)`,
    `100 * rate(${REQUESTS}[1m])`,
    `topk(3, sum by (pod) (rate(${REQUESTS}[1m])))`,
    `topk(1, rate(${REQUESTS}[1m])) by (pod)`,
    `count_values("value", ${REQUESTS})`,
    `label_replace(rate(${REQUESTS}[1m]), "a", "$1", "pod", "(.*)")`,
  ])('is told when there may be several: %s', (query) => {
    expect(found(query)).toMatchObject([{ severity: 'warning', where: 'a.yaml:11:18' }]);
  });

  it.each([
    `sum(rate(${REQUESTS}[1m]))`,
    `(sum(rate(${REQUESTS}[1m])) or vector(0)) / sum(rate(${REQUESTS}[1m]))`,
    `sum by (destination_app) (rate(${REQUESTS}[1m]))`,
    `histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket[1m])))`,
    `min_over_time((sum(rate(${REQUESTS}[1m])) > bool 0.05)[2m:5s])`,
    `rate(${REQUESTS}[1m]) / sum(rate(${REQUESTS}[1m]))`,
    `absent(${REQUESTS})`,
    `topk(1, rate(${REQUESTS}[1m]))`,
    `label_replace(sum(rate(${REQUESTS}[1m])), "a", "b", "", "")`,
    'scalar(up)',
  ])('is not when there is one: %s', (query) => {
    expect(found(query)).toEqual([]);
  });

  it('proposes the bound of the condition for all of them', () => {
    expect(found(REQUESTS, 'result[0] < 1')[0]?.hint).toContain('all(result, # < 1).');
    expect(found(REQUESTS, 'result[0] < 1 && true')[0]?.hint).toContain('all(result, # …).');
  });

  it('says what several would do to the condition', () => {
    const [first] = found(REQUESTS);
    expect(first?.sentence).toContain('looks at the first one only');
    const [guarded] = found(REQUESTS, 'len(result) == 1 && result[0] < 0.01');
    expect(guarded?.sentence).toContain('the condition never holds');
  });

  it('is none that judges all of them', () => {
    expect(found(REQUESTS, 'len(result) > 0 && all(result, # < 0.01)')).toEqual([]);
  });
});
