/** The compiled path against its judge, the oracle: value for value to the last bit, phase for phase. */

import { describe, expect, it } from 'vitest';
import { measurementPhase } from '../oracle/measurement-phase.ts';
import { parsePromql } from '../oracle/promql/parse-promql.ts';
import { fewOf, runsOf } from '../testkit/runner/thorough.ts';
import { askOracle, compileQuery } from './compile/compile-query.ts';
import { judgeRuns } from './judge-runs-for-tests.ts';
import { createSeriesModel } from './modelled-series.ts';
import { ENVOY_BOUNDS_MS, guardedOkShare, okShare, policy, quantileMs, scenario } from './policy-fixture.ts';
import { createSimulator } from './simulate-release.ts';

const REQUESTS = 'istio_requests_total{reporter="destination",destination_app="shop"}';
const QUERIES = [
  okShare('30s'),
  guardedOkShare('1m'),
  quantileMs(0.95, '1m'),
  `sum(increase(${REQUESTS}[45s])) or vector(0)`,
  `sum(irate(${REQUESTS}[1m])) > bool 3`,
  `min_over_time((((sum(rate(${REQUESTS.replace('}', ',response_code=~"5.."}')}[1m])) or vector(0)) / sum(rate(${REQUESTS}[1m])) > bool 0.01) or vector(0))[2m5s:5s])`,
  `sum by (response_code) (rate(${REQUESTS}[1m])) / ignoring(response_code) group_left sum(rate(${REQUESTS}[1m]))`,
  `sum(rate(${REQUESTS}[1m] offset 30s)) - sum(rate(${REQUESTS}[1m]))`,
  `max(rate(${REQUESTS}[2m])) unless on() (vector(time()) > 90)`,
  `clamp_max(-sum(rate(istio_requests_total{destination_version="stable"}[1m])), 5) ^ 2`,
  `avg(${REQUESTS}) - quantile(0.5, ${REQUESTS})`,
  `sum(rate(${REQUESTS}[1m])) and sum(rate(istio_requests_total{destination_version="v2",response_code="500"}[1m])) > 0.1`,
  `changes(sum(rate(${REQUESTS}[1m]))[2m:10s])`,
];

describe('the compiled path', () => {
  it.each(fewOf(6, QUERIES))('%s', (query) => {
    const of = policy({
      query,
      interval: '7s',
      failureLimit: 1000,
      inconclusiveLimit: 1000,
      consecutiveErrorLimit: 1000,
      successCondition: 'result[0] >= 0.99',
      failureCondition: 'len(result) > 0 && result[0] < 0.5',
    });
    const runs = runsOf(2, 5);
    const { measurements, differences } = judgeRuns(of, scenario({ ratePerSecond: 3, canaryErrors: 0.1 }), 1, runs);
    expect(measurements).toBeGreaterThan(40 * runs);
    expect(differences).toEqual([]);
  });

  it('leaves what it cannot compile to the oracle, and says so', () => {
    const series = createSeriesModel(
      policy({ query: okShare('1m'), successCondition: 'true' }).arms,
      ENVOY_BOUNDS_MS,
    ).series;
    const how = (query: string) => compileQuery(parsePromql(query), series).evaluatedBy;
    expect(how(okShare('1m'))).toBe('compiled');
    expect(how(quantileMs(0.95, '1m'))).toBe('compiled');
    expect(how(QUERIES[6]!)).toBe('oracle');
  });

  it('agrees at the very edge of a window, where one scrape lies on its open left end', () => {
    const { canary, series } = createSeriesModel(policy({ query: okShare('30s'), successCondition: 'true' }).arms, []);
    // uneven, or an open and a closed window would extrapolate to the same
    for (const atMs of [0, 15_000, 30_000, 45_000]) {
      canary.good.total += 7 + atMs / 1000;
      canary.target.scrape(atMs);
    }
    const expr = parsePromql('sum(increase(istio_requests_total{reporter="source"}[30s]))');
    for (const atMs of [15_000, 30_000, 44_999, 45_000, 45_001, 75_000])
      expect(compileQuery(expr, series).evaluate(atMs)).toEqual(askOracle(expr, series, atMs));
    expect(compileQuery(expr, series).evaluate(45_000)).toEqual([104]);
    expect(compileQuery(expr, series).evaluate(75_000)).toEqual([]);
  });

  it('control: the judge sees a rate whose window is closed, a wrong condition and a lost series', () => {
    const of = policy({
      query: okShare('1m'),
      interval: '7s',
      failureLimit: 1000,
      successCondition: 'result[0] >= 0.99',
    });
    const meeting = scenario({ ratePerSecond: 3, canaryErrors: 0.1 });
    const seen = { differences: 0 };
    const { compiled, simulate } = createSimulator(of, meeting, 1);
    const [metric] = compiled.metrics;
    simulate(0, ({ atMs, result, phase }) => {
      const wrong = metric!.query.evaluate(atMs - 1000);
      if (JSON.stringify(wrong) !== JSON.stringify(result)) seen.differences += 1;
      if (result !== undefined && phase !== measurementPhase({ successCondition: 'result[0] > 0.99' }, result).phase)
        seen.differences += 1;
    });
    expect(seen.differences).toBeGreaterThan(0);
    const broken = policy({ query: okShare('1m'), interval: '7s', successCondition: 'result[0] >= 0.99' });
    expect(
      judgeRuns(broken, meeting, 1, 3, (value) => (typeof value === 'number' ? value : value.slice(1))).differences
        .length,
    ).toBeGreaterThan(0);
  });
});
