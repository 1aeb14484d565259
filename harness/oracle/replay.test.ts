import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnalysisMeasurement, AnalysisMetric, AnalysisRun } from './analysis-types.ts';
import { formatResult, measurementPhase } from './measurement-phase.ts';
import { evaluatePromql } from './promql/evaluate-promql.ts';
import { parsePromql } from './promql/parse-promql.ts';
import { sampleSeries } from './promql/sample-series-fixture.ts';
import type { Series } from './promql/series.ts';
import { replay } from './replay.ts';

const START_MS = Date.UTC(2026, 0, 2, 3, 0, 0);
const SERIES = sampleSeries({ seed: 5, startMs: START_MS, endMs: START_MS + 600_000, scrapeMs: 5000 });
const QUERY = 'sum(rate(requests_total{code="{{args.code}}",target="a"}[1m]))';
const METRIC: AnalysisMetric = {
  name: 'rate',
  interval: '10s',
  count: 3,
  successCondition: 'len(result) == 1 && result[0] < {{args.limit}}',
  provider: { prometheus: { query: QUERY } },
};
const ARGS = [
  { name: 'code', value: '200' },
  { name: 'limit', value: '1000' },
];

/** What Argo would have written, had it queried at this instant and seen only these samples. */
function measured(
  instantMs: number,
  visible: readonly Series[] = SERIES,
  finishedMs = instantMs + 40,
): AnalysisMeasurement {
  const value = evaluatePromql(parsePromql(QUERY.replace('{{args.code}}', '200')), visible, instantMs);
  const result = value.type === 'vector' ? value.samples.map((sample) => sample.value) : Number(value.value);
  const condition = METRIC.successCondition!.replace('{{args.limit}}', '1000');
  const stamp = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
  return {
    phase: measurementPhase({ successCondition: condition }, result).phase,
    startedAt: stamp(instantMs),
    finishedAt: stamp(finishedMs),
    value: formatResult(result),
  };
}

function runOf(
  measurements: readonly AnalysisMeasurement[],
  over: Partial<NonNullable<AnalysisRun['status']>> = {},
): AnalysisRun {
  const successful = measurements.filter(({ phase }) => phase === 'Successful').length;
  return {
    metadata: { name: 'cart-1' },
    spec: { metrics: [METRIC], args: ARGS },
    status: {
      phase: 'Successful',
      metricResults: [
        {
          name: 'rate',
          phase: 'Successful',
          measurements,
          count: measurements.length,
          successful,
          failed: measurements.length - successful,
        },
      ],
      ...over,
    },
  };
}

describe('replay', () => {
  it('explains every measurement of a run, whenever inside its second the query was made', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 90_000, max: 590_000 }), { minLength: 3, maxLength: 3 }), (offsets) => {
        const result = replay(runOf(offsets.map((offset) => measured(START_MS + offset))), SERIES);
        expect(result.findings).toEqual([]);
        expect(result).toMatchObject({
          agrees: true,
          oraclePhase: 'Successful',
          counts: { agree: 3, disagree: 0, notJudged: 0 },
        });
      }),
      { numRuns: 25 },
    );
  });

  it('explains a query that did not see the newest scrape yet', () => {
    const own = SERIES.find(({ labels }) => labels.target === 'a' && labels.code === '200')!;
    const [lastMs] = own.points.findLast(([timeMs]) => timeMs < START_MS + 300_000)!;
    const blind = SERIES.map((one) => ({ ...one, points: one.points.filter(([timeMs]) => timeMs < lastMs) }));
    // In the next second, so that no instant of the span is before the scrape.
    const instantMs = (Math.floor(lastMs / 1000) + 1) * 1000 + 30;
    const late = measured(instantMs, blind);
    expect(late.value).not.toBe(measured(instantMs).value);
    const { metrics, findings } = replay(runOf([late, late, late]), SERIES);
    expect(findings).toEqual([]);
    expect(metrics[0]!.measurements[0]!.explainedBy).toMatchObject({ hiddenScrapes: 1 });
  });

  it('finds a value that no instant gives', () => {
    const right = measured(START_MS + 200_400);
    const wrong = { ...right, value: `[${Number(right.value!.slice(1, -1)) * 1.001}]` };
    const result = replay(runOf([right, wrong, right]), SERIES);
    expect(result.counts).toEqual({ agree: 2, disagree: 1, notJudged: 0 });
    expect(result.findings).toMatchObject([
      { code: 'ORACLE_DISAGREES', level: 'measurement', metric: 'rate', atMs: START_MS + 200_000 },
    ]);
  });

  it('finds a phase that the conditions do not give, and the verdicts that follow', () => {
    const right = measured(START_MS + 200_400);
    const failed = { ...right, phase: 'Failed' as const };
    const result = replay(
      runOf([right, failed], {
        phase: 'Failed',
        metricResults: [
          { name: 'rate', phase: 'Failed', measurements: [right, failed], count: 2, successful: 1, failed: 1 },
        ],
      }),
      SERIES,
    );
    expect(result.findings.map(({ level }) => level)).toEqual(['measurement', 'metric', 'run']);
    expect(result).toMatchObject({ oraclePhase: 'Running', agrees: false });
  });

  it('finds a run that went on after its limit', () => {
    const bad = (index: number) => ({ ...measured(START_MS + 200_000 + 10_000 * index) });
    const strict = {
      ...runOf([bad(0), bad(1), bad(2)]),
      spec: { metrics: [METRIC], args: [ARGS[0]!, { name: 'limit', value: '0' }] },
    };
    const result = replay(strict, SERIES);
    expect(result.metrics[0]).toMatchObject({ oraclePhase: 'Failed', recordedPhase: 'Successful', agrees: false });
    expect(result.oraclePhase).toBe('Failed');
  });

  it('replays errors: of conditions, of queries; and says when the way to Prometheus was at fault', () => {
    const error = (message: string): AnalysisMeasurement => ({
      phase: 'Error',
      startedAt: '2026-01-02T03:05:00Z',
      finishedAt: '2026-01-02T03:05:00Z',
      message,
    });
    const replayed = (query: string, condition: string, message: string) =>
      replay(
        {
          spec: { metrics: [{ ...METRIC, successCondition: condition, provider: { prometheus: { query } } }] },
          status: {
            phase: 'Running',
            metricResults: [
              { name: 'rate', phase: 'Running', measurements: [error(message)], error: 1, consecutiveError: 1 },
            ],
          },
        },
        SERIES,
      ).metrics[0]!.measurements[0]!;
    expect(replayed('sum(rate(nothing[1m]))', 'result[0] > 1', 'index out of range: 0')).toMatchObject({
      agrees: true,
      oraclePhase: 'Error',
      oracleValue: '[]',
    });
    expect(replayed('sum(rate(nothing[1m])', 'result[0] > 1', 'bad_data')).toMatchObject({
      agrees: true,
      oraclePhase: 'Error',
    });
    expect(
      replayed('requests_total / on(code) requests_total', 'result[0] > 1', 'execution: many-to-many'),
    ).toMatchObject({ agrees: true, oraclePhase: 'Error' });
    expect(replayed('vector(1)', 'result[0] > 1', 'dial tcp 10.0.0.1:9090: connect: connection refused')).toMatchObject(
      { agrees: null },
    );
    expect(replayed('vector(1)', 'result[0] > 1', 'something else')).toMatchObject({
      agrees: false,
      oraclePhase: 'Failed',
    });
  });

  it('does not judge what it does not know, but still checks the condition', () => {
    const metric = { ...METRIC, provider: { prometheus: { query: 'sort_by_label(requests_total, "code")' } } };
    const measurement: AnalysisMeasurement = {
      phase: 'Successful',
      startedAt: '2026-01-02T03:05:00Z',
      finishedAt: '2026-01-02T03:05:00Z',
      value: '[7]',
    };
    const judged = (phase: AnalysisMeasurement['phase']) =>
      replay(
        {
          spec: { metrics: [metric], args: ARGS },
          status: {
            phase: 'Running',
            metricResults: [{ name: 'rate', phase: 'Running', measurements: [{ ...measurement, phase }], count: 1 }],
          },
        },
        SERIES,
      ).metrics[0]!.measurements[0]!;
    expect(judged('Successful')).toMatchObject({ agrees: null, oraclePhase: 'Successful' });
    expect(judged('Failed')).toMatchObject({ agrees: false, oraclePhase: 'Successful' });
  });

  it('counts on from measurements that Argo has dropped', () => {
    const kept = Array.from({ length: 10 }, (_, index) => measured(START_MS + 200_000 + 10_000 * index));
    const run: AnalysisRun = {
      spec: { metrics: [{ ...METRIC, count: 12 }], args: ARGS },
      status: {
        phase: 'Successful',
        metricResults: [
          { name: 'rate', phase: 'Successful', measurements: kept, count: 12, successful: 12, consecutiveSuccess: 12 },
        ],
      },
    };
    expect(replay(run, SERIES)).toMatchObject({ agrees: true, oraclePhase: 'Successful', counts: { agree: 10 } });
  });

  it('closes the other metrics when one ends the run', () => {
    const good = measured(START_MS + 200_400);
    const other: AnalysisMetric = {
      name: 'other',
      provider: { prometheus: { query: 'vector(7)' } },
      failureCondition: 'result[0] > 5',
    };
    const run: AnalysisRun = {
      spec: { metrics: [METRIC, other], args: ARGS },
      status: {
        phase: 'Failed',
        metricResults: [
          { name: 'rate', phase: 'Successful', measurements: [good], count: 1, successful: 1 },
          {
            name: 'other',
            phase: 'Failed',
            measurements: [{ ...good, value: '[7]', phase: 'Failed' }],
            count: 1,
            failed: 1,
          },
        ],
      },
    };
    expect(replay(run, SERIES)).toMatchObject({ agrees: true, findings: [] });
  });
});
