/**
 * The oracle against the real Prometheus (CANARYPROOF_PROMETHEUS): the same seeded samples, the same expressions, the
 * same instants, value for value. The samples reach Prometheus by remote write, so that their times are exact.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealPrometheus, startRealPrometheus } from '../../testkit/rollouts/real-prometheus.ts';
import { evaluatePromql } from './evaluate-promql.ts';
import type { PromValue } from './instant-vector.ts';
import { parsePromql } from './parse-promql.ts';
import { sampleSeries } from './sample-series-fixture.ts';
import { labelKey, type Series } from './series.ts';

/** Relative; sums over series may be taken in another order. */
const TOLERANCE = 1e-12;
const SEEDS = [11, 12, 13];
const SPAN_MS = 20 * 60_000;

const EXPRESSIONS = [
  'rate(requests_total[30s])',
  'rate(requests_total[1m])',
  'rate(requests_total[2m])',
  'rate(requests_total[5m])',
  'increase(requests_total[1m15s])',
  'increase(requests_total[37s] offset 45s)',
  'irate(requests_total[5m])',
  'delta(temperature[3m])',
  'idelta(temperature[3m])',
  'rate(up_total[1m])',
  'sum(rate(requests_total[1m]))',
  'sum by (version) (rate(requests_total[2m]))',
  'sum(rate(requests_total{code!~"5.."}[1m])) / sum(rate(requests_total[1m]))',
  'sum(rate(requests_total{code="503"}[2m])) by (target) / sum(rate(requests_total[2m])) by (target)',
  'sum(rate(requests_total{code=~"5.*",version="v2"}[1m])) / sum(rate(requests_total{version="v2"}[1m])) or vector(0)',
  'sum(rate(requests_total{code="404"}[1m])) / sum(rate(requests_total[1m]))',
  'sum(rate(requests_total{code="404"}[1m])) or vector(0)',
  'histogram_quantile(0.95, sum(rate(duration_bucket[1m])) by (le))',
  'histogram_quantile(0.95, sum(rate(duration_bucket[2m])) by (le, target))',
  'histogram_quantile(0.5, rate(duration_bucket[30s]))',
  'histogram_quantile(0.999, sum without (target) (increase(duration_bucket[5m])))',
  'histogram_quantile(1.5, duration_bucket)',
  'histogram_quantile(-1, duration_bucket)',
  'histogram_quantile(0, duration_bucket)',
  'histogram_quantile(1, duration_bucket)',
  'histogram_quantile(0.9, duration_bucket{le!="+Inf"})',
  'histogram_quantile(scalar(vector(NaN)), duration_bucket)',
  'histogram_quantile(0.95, sum(rate(duration_bucket[1m])) by (le)) > 400',
  'sum(rate(duration_bucket{le="250"}[1m])) / sum(rate(duration_count[1m])) >= 0.5',
  'min_over_time((sum(rate(requests_total{code="503"}[1m])) / sum(rate(requests_total[1m])) > bool 0.05)[2m:15s]) == 1',
  'max_over_time(sum(rate(requests_total[1m]))[5m:])',
  'avg_over_time((requests_total > 100)[3m:20s] offset 1m)',
  'count_over_time(requests_total[90s])',
  'count_over_time(temperature[4m:7s])',
  'min_over_time(temperature[2m])',
  'max_over_time(temperature[2m])',
  'avg_over_time(temperature[2m])',
  'avg_over_time(requests_total[7m])',
  'sum_over_time(temperature[90s])',
  'sum_over_time(up_total[7m])',
  'quantile_over_time(0.9, requests_total[6m])',
  'last_over_time(requests_total[3m])',
  'first_over_time(requests_total[3m])',
  'changes(requests_total[4m])',
  'resets(requests_total[15m])',
  'present_over_time(requests_total{code="503"}[1m])',
  'absent_over_time(requests_total{code="404",target="a"}[1m])',
  'absent(requests_total{code="404",target=~"a"})',
  'absent(sum(requests_total{code="200"}))',
  'requests_total',
  'requests_total offset 3m',
  'requests_total{target!="a",version=~"v.*"}',
  '{__name__=~"requests.*",code="200"}',
  'temperature',
  'max(temperature)',
  'min(temperature)',
  'avg(requests_total)',
  'avg by (code) (requests_total)',
  'count(requests_total)',
  'count by (version, nothing) (requests_total)',
  'group by (version) (requests_total)',
  'stddev(requests_total)',
  'stdvar by (code) (requests_total)',
  'quantile(0.7, requests_total)',
  'sum(temperature)',
  '-requests_total',
  '-1 ^ 2',
  '2 ^ 3 ^ 2 - -3 % 2',
  '1 / 0 + 0 / 0',
  '1 > bool 2',
  'requests_total / 0',
  'requests_total % 7',
  'requests_total ^ 0.5',
  '100 < requests_total',
  'requests_total > bool 100',
  'temperature == bool temperature',
  'temperature != temperature',
  'requests_total{code="503"} / ignoring(code) requests_total{code="200"}',
  'requests_total{code="503"} / on(target) group_left(version) up_total',
  'up_total * on(target) group_right() requests_total',
  'requests_total and on(target) (up_total > 0)',
  'requests_total unless ignoring(code) requests_total{code="503"}',
  'requests_total{code="503"} or on(target) up_total',
  'requests_total{code="503"} * on(version) group_left sum by (version) (up_total)',
  'requests_total / on(version) up_total',
  'requests_total > on(target, code) requests_total offset 1m',
  'clamp_max(rate(requests_total[1m]), 0.5)',
  'clamp_min(temperature, 0)',
  'clamp(temperature, -1, 1)',
  'clamp(requests_total, 5, 1)',
  'abs(temperature)',
  'ceil(rate(requests_total[1m]) * 10)',
  'floor(-rate(requests_total[1m]) * 10)',
  'round(rate(requests_total[1m]), 0.05)',
  'sqrt(requests_total)',
  'ln(requests_total) + log2(requests_total) + log10(requests_total)',
  'exp(rate(requests_total[1m]))',
  'sgn(temperature)',
  'scalar(sum(requests_total)) + 1',
  'scalar(requests_total)',
  'vector(scalar(max(requests_total)))',
  'time()',
  'sum(rate(requests_total[1m])) > bool time()',
  '(((sum(requests_total))))',
  'rate(requests_total[1m]) + rate(requests_total[1m] offset 1m)',
  '{__name__=~"requests_total|up_total",target="a"} * 2',
  'rate({__name__=~"requests_total|up_total"}[2m])',
  'sum(rate(requests_total{code=~"(?i)2..|5.[0-9]"}[1m])) by (code)',
  'label_replace(rate(requests_total[2m]), "pod", "pod-$1", "target", "(.*)")',
  'label_replace(requests_total, "class", "\x24{1}xx", "code", "(.)..")',
  'label_replace(requests_total, "version", "", "code", "5..")',
  'label_replace(requests_total, "code", "$$ $2", "target", "(a)|b")',
  'label_replace(requests_total, "same", "x", "nothing", "")',
  'label_replace(requests_total, "code", "x", "code", ".*")',
  'label_join(requests_total, "both", "-", "target", "code")',
  'label_join(requests_total, "target", "")',
  'sum by (class) (label_replace(rate(requests_total[1m]), "class", "$1", "code", "(.).*"))',
  'topk(2, temperature)',
  'topk(1, temperature) by (target)',
  'bottomk(2, temperature)',
  'topk(2, sum by (target) (rate(duration_count[5m])))',
  'bottomk(1, duration_count) without (target)',
  'topk(0, temperature)',
  'topk(scalar(vector(1.9)), duration_count)',
  'topk(NaN, temperature)',
  'count_values("value", requests_total > bool 100)',
  'count_values("value", round(rate(requests_total[1m]), 0.5)) by (code)',
  'count_values without (target) ("code", requests_total)',
  'count_values("value", temperature)',
  'deriv(temperature[3m])',
  'deriv(requests_total[2m])',
  'deriv(up_total[90s] offset 1m)',
  'predict_linear(requests_total[5m], 3600)',
  'predict_linear(duration_count[5m] offset 2m, -60)',
  'stddev_over_time(temperature[2m])',
  'stdvar_over_time(requests_total[4m])',
  'stddev_over_time(rate(requests_total[1m])[5m:30s])',
  'quantile_over_time(0.5, temperature[3m])',
  'quantile_over_time(2, requests_total[3m])',
  'quantile_over_time(scalar(vector(0.25)), sum(rate(requests_total[1m]))[5m:20s])',
  'requests_total @ start()',
  'rate(requests_total[2m] @ end())',
  'rate(requests_total[2m] offset 1m @ end())',
  'max_over_time(rate(requests_total[1m] @ start())[3m:30s])',
  'sum(rate(requests_total[1m]))[3m:30s] @ end() and 1',
  'sum_over_time(sum(rate(requests_total[1m]))[3m:30s] @ end())',
  'requests_total{code="200"} - requests_total{code="200"} offset 1m',
  'requests_total offset -30s',
  'rate(requests_total[1m] offset -1m)',
  'avg_over_time(sum by (version) (rate(requests_total[1m]))[5m:30s] offset 2m)',
  'requests_total * on(target) group_left(version) up_total',
  'up_total / on(target) group_right(version) requests_total',
  'sum by (target) (rate(requests_total[2m])) / ignoring(version) group_left sum by (target) (rate(duration_count[2m]))',
  'up_total and on() vector(1)',
  'vector(1) unless on() up_total',
  'sum(requests_total) or on() vector(0)',
  'requests_total{code="503"} or requests_total{code="200"} or up_total',
  'clamp_min(sum(rate(requests_total[1m])), 0.001)',
  'clamp_max(vector(NaN), 1)',
  'round(temperature)',
  'round(-requests_total / 3, 0.1)',
  'absent(requests_total{code="404",target!="a"})',
  'absent_over_time(requests_total{code=~"4.."}[5m])',
  'scalar(vector(7)) + scalar(up_total)',
  'pi() * vector(2)',
  'sin(requests_total) + cos(requests_total)',
  'deg(rad(requests_total)) - requests_total',
  'hour()',
  'day_of_week(vector(1700000000))',
  'day_of_year() + days_in_month() + month() + year()',
  'minute(vector(1700000000)) + day_of_month(vector(-86400))',
];

/** `@` with a timestamp, which lies inside of what was written. */
const fixedExpressions = (originMs: number): readonly string[] => [
  `requests_total @ ${originMs / 1000 + 600}`,
  `rate(requests_total[2m] @ ${originMs / 1000 + 700.5} offset 1m)`,
  `sum(rate(requests_total[1m])) / sum(rate(requests_total[1m] @ ${originMs / 1000 + 300}))`,
];

let server: RealPrometheus;
const originMs = Math.floor((Date.now() - SPAN_MS - 600_000) / 60_000) * 60_000;

function seriesOfSeed(seed: number): Series[] {
  const options = { seed, startMs: originMs, endMs: originMs + SPAN_MS, scrapeMs: 15_000 };
  return sampleSeries(options).map((one) => ({ ...one, labels: { ...one.labels, seed: String(seed) } }));
}

beforeAll(async () => {
  server = await startRealPrometheus();
  for (const seed of SEEDS) await server.write(seriesOfSeed(seed));
});

afterAll(() => server?.[Symbol.asyncDispose]());

type Answer = { readonly error: string } | { readonly type: string; readonly values: ReadonlyMap<string, number> };

async function ask(query: string, timeMs: number): Promise<Answer> {
  const body = new URLSearchParams({ query, time: (timeMs / 1000).toFixed(3) });
  const response = await fetch(`${server.url}/api/v1/query`, { method: 'POST', body });
  const json = (await response.json()) as {
    status: string;
    error?: string;
    data: { resultType: string; result: unknown };
  };
  if (json.status !== 'success') return { error: json.error ?? 'unknown' };
  if (json.data.resultType === 'scalar')
    return { type: 'scalar', values: new Map([['', Number((json.data.result as [number, string])[1])]]) };
  const result = json.data.result as { metric: Record<string, string>; value: [number, string] }[];
  return {
    type: 'vector',
    values: new Map(result.map(({ metric, value }) => [labelKey(metric), numberOf(value[1])])),
  };
}

function numberOf(text: string): number {
  return text.endsWith('Inf') ? Number(text.replace('Inf', 'Infinity')) : Number(text);
}

function answerOf(value: PromValue): Answer {
  if (value.type !== 'vector') return { type: value.type, values: new Map([['', Number(value.value)]]) };
  return { type: 'vector', values: new Map(value.samples.map((sample) => [labelKey(sample.labels), sample.value])) };
}

function isSame(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

/** Only the series of this seed: every selector gets a matcher more. */
function withSeed(expression: string, seed: number): string {
  return expression
    .replace(
      /\b(requests_total|duration_bucket|duration_count|temperature|up_total)\b(?!["|])(\{)?/g,
      (_, name, brace) => (brace ? `${name}{seed="${seed}",` : `${name}{seed="${seed}"}`),
    )
    .replace(/\{__name__/g, `{seed="${seed}",__name__`);
}

/** Instants at random, and those where windows and look-backs begin or end exactly on a sample. */
function instantsOf(seed: number, series: readonly Series[]): number[] {
  const times = series.flatMap(({ points }) => points.map(([timeMs]) => timeMs));
  const spread = [0, 1, 2, 3, 4, 5].map(
    (step) => originMs + 90_000 + step * 195_000 + ((seed * 7919 * (step + 1)) % 15_000),
  );
  const edges = [0, 30_000, 60_000, 120_000, 300_000].map(
    (lengthMs, index) => times[(seed * 131 + index * 977) % times.length]! + lengthMs,
  );
  const ends = series.flatMap(({ staleAtMs = [] }) => staleAtMs).slice(0, 1);
  return [...spread, ...edges, ...ends, ...ends.map((timeMs) => timeMs - 1), originMs + SPAN_MS + 299_000];
}

describe('the oracle and Prometheus 3', () => {
  let cases = 0;
  let exact = 0;
  let errors = 0;
  let answered = 0;

  it.each(SEEDS)('agree on the samples of seed %i', async (seed) => {
    const series = seriesOfSeed(seed);
    const differences: string[] = [];
    for (const timeMs of instantsOf(seed, series))
      for (const plain of [...EXPRESSIONS, ...fixedExpressions(originMs)]) {
        const expression = withSeed(plain, seed);
        const expected = await ask(expression, timeMs);
        let found: Answer;
        try {
          found = answerOf(evaluatePromql(parsePromql(expression), series, timeMs));
        } catch (error) {
          found = { error: String(error) };
        }
        cases += 1;
        const at = `${plain} at +${timeMs - originMs} ms`;
        if ('error' in expected || 'error' in found) {
          errors += 1;
          if ('error' in expected !== 'error' in found)
            differences.push(`${at}: Prometheus ${JSON.stringify(expected)}, oracle ${JSON.stringify(found)}`);
          continue;
        }
        if (expected.type !== found.type) differences.push(`${at}: ${expected.type} and ${found.type}`);
        const keys = new Set([...expected.values.keys(), ...found.values.keys()]);
        let bitwise = true;
        for (const key of keys) {
          const [a, b] = [expected.values.get(key), found.values.get(key)];
          if (a === undefined || b === undefined || !isSame(a, b)) differences.push(`${at} ${key}: ${a}, oracle ${b}`);
          else if (!Object.is(a, b) && a !== b) bitwise = false;
        }
        if (bitwise) exact += 1;
        if (keys.size > 0) answered += 1;
      }
    expect(differences.slice(0, 20)).toEqual([]);
  });

  it('were compared often, with few errors on either side', () => {
    console.log(
      `${cases} cases, ${answered} with a value, ${exact} equal to the last bit, ${errors} errors on both sides`,
    );
    expect(cases).toBeGreaterThan(3000);
    expect(answered).toBeGreaterThan(cases / 2);
    expect(errors).toBeLessThan(cases / 10);
  });

  it.each([
    'sum(rate(requests_total[1m])',
    'rate(requests_total)',
    'sum(1)',
    'requests_total[5m][5m]',
    '1 > 2',
    'requests_total{',
    'requests_total{code="200}',
    '{code=~".*"}',
    'requests_total{__name__="x"}',
    'rate(requests_total[0s])',
    'sum(requests_total) by code',
    'foo bar',
    'requests_total and 1',
    'a + bool b',
    'requests_total{code=~"("}',
    'histogram_quantile(0.9)',
    'quantile(requests_total)',
    'rate(requests_total[5m:1m][5m])',
    'unknown_function(requests_total)',
    'a / on(x) group_left(x) b',
    'sum(requests_total) > 1 offset 5m',
    '"unterminated',
    '',
    '{{args.x}}',
    'a == == b',
    'absent_over_time(requests_total)',
    'vector(requests_total)',
    'scalar(1)',
    '(requests_total)[5m]',
    'topk(requests_total)',
    'topk("1", requests_total)',
    'count_values(1, requests_total)',
    'label_replace(requests_total, "a", "b", "c")',
    'label_join(requests_total, 1, "-", "code")',
    'predict_linear(requests_total[5m])',
    'deriv(requests_total)',
    'sum(requests_total) @ end()',
    'requests_total @ end() @ start()',
    'requests_total @ "now"',
    'pi(1)',
  ])('both refuse %s', async (expression) => {
    expect(await ask(expression, originMs)).toHaveProperty('error');
    expect(() => parsePromql(expression)).toThrow();
  });
});
