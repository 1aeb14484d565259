import { describe, expect, it } from 'vitest';
import { startFakePrometheus } from '../testkit/fakes/fake-prometheus.ts';
import { refuseBadQuery, refuseShortWindow } from './analysis-preflight.ts';
import type { AskedMetric } from './analysis-query.ts';

const metric = (successCondition: string, query = 'sum(rate(x[30s]))'): AskedMetric => ({
  template: 'errors',
  name: 'error-rate',
  query,
  successCondition,
  failureCondition: undefined,
});
const GUARDED = 'len(result) == 1 && result[0] < 0.01';
const signal = new AbortController().signal;

const answered = (resultType: string, result: unknown) => ({ status: 'success', data: { resultType, result } });
const vector = (series: number) =>
  answered(
    'vector',
    Array.from({ length: series }, (_, pod) => ({ metric: { pod: `p${pod}` }, value: [1, '0'] })),
  );

async function problemOf(answer: unknown, condition = GUARDED): Promise<unknown> {
  await using prometheus = await startFakePrometheus(() => answer);
  try {
    await refuseBadQuery(prometheus.url, metric(condition), signal);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the query of an analysis, asked before any load', () => {
  it('may find nothing yet, or one series', async () => {
    expect(await problemOf(vector(0))).toBeUndefined();
    expect(await problemOf(vector(1))).toBeUndefined();
  });

  it('is named when Prometheus cannot parse it', async () => {
    const error = '1:5: parse error: unclosed left parenthesis';
    expect(await problemOf({ status: 'error', errorType: 'bad_data', error })).toMatchObject({
      code: 'ANALYSIS_QUERY_REFUSED',
      exitCode: 2,
      message: `Prometheus refuses the query: ${error}`,
      where: 'AnalysisTemplate errors, metric error-rate',
    });
  });

  it.each(['matrix', 'string'])('is named when it gives a %s', async (type) => {
    expect(await problemOf(answered(type, []))).toMatchObject({
      code: 'ANALYSIS_QUERY_REFUSED',
      message: `the query gives a ${type}, which no condition can judge`,
    });
  });

  it.each(['result[0] < 0.01', GUARDED, 'len(result) == 1', 'all(result, # < 0.01)'])(
    'is named when it gives a scalar and the condition is %s',
    async (condition) => {
      expect(await problemOf(answered('scalar', [1, '0']), condition)).toMatchObject({
        code: 'ANALYSIS_QUERY_SCALAR',
        exitCode: 2,
      });
    },
  );

  it('may give a scalar to a condition that takes one', async () => {
    expect(await problemOf(answered('scalar', [1, '0']), 'result < 0.01')).toBeUndefined();
  });

  it('is named when it gives several series, with what that would do', async () => {
    expect(await problemOf(vector(2), 'result[0] < 0.01')).toMatchObject({
      code: 'ANALYSIS_QUERY_SEVERAL_SERIES',
      exitCode: 2,
      message: 'the query gives 2 series, and the condition looks at the first one only',
    });
    expect(await problemOf(vector(3))).toMatchObject({
      code: 'ANALYSIS_QUERY_SEVERAL_SERIES',
      message:
        'the query gives 3 series, and the condition wants exactly one, so no measurement could ever be Successful',
    });
  });

  it('may give several series to a condition that judges all of them', async () => {
    expect(await problemOf(vector(3), 'len(result) > 0 && all(result, # < 0.01)')).toBeUndefined();
  });

  it('is no query at all when Prometheus is away', async () => {
    expect(await problemOf(undefined)).toMatchObject({ code: 'PROMETHEUS_UNREACHABLE', exitCode: 3 });
  });
});

describe('the window of a rate', () => {
  it('holds two samples of the real targets, or is refused', () => {
    const short = metric(GUARDED, 'sum(rate(x[25s]))');
    expect(() => refuseShortWindow(short, 12_500)).not.toThrow();
    expect(() => refuseShortWindow(short, 15_000)).toThrow(/25 s holds no two samples .* every 15 s/);
    expect(() => refuseShortWindow(metric(GUARDED, 'sum(up)'), 15_000)).not.toThrow();
  });
});
