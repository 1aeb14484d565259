import { expect, test } from 'vitest';
import { evaluatePromql } from '../../../oracle/promql/evaluate-promql.ts';
import { parsePromql } from '../../../oracle/promql/parse-promql.ts';
import { drawnShare } from '../../../testkit/fakes/scripted-load.ts';
import { type ClientRequest, clientTraffic } from './client-traffic.ts';

const all = () => true;
/** 50 a second for 40 s; answers take from 5 to 45 ms. */
const REQUESTS: readonly ClientRequest[] = Array.from({ length: 2_000 }, (_, n) => ({
  startMs: n * 20,
  endMs: n * 20 + 5 + 40 * drawnShare(n),
  status: n % 10 === 0 ? 500 : 200,
  isNamed: true,
}));

test.each([
  ['all of them', all, 50],
  ['failures', (status: number) => status === 500, 5],
])('the rate of %s lies within, and not twice or half of it', (_, accepts, rate) => {
  const { low, high } = clientTraffic(REQUESTS).rate({
    atMs: 38_000,
    windowMs: 20_000,
    scrapeMs: 2_000,
    lagMs: 0,
    accepts,
  });
  expect(low).toBeGreaterThan(0.7 * rate);
  expect(low).toBeLessThan(rate);
  expect(high).toBeGreaterThan(rate);
  expect(high).toBeLessThan(1.25 * rate);
});

test('whatever the moments of the scrapes are, Prometheus says what lies within', () => {
  const clients = clientTraffic(REQUESTS);
  const query = parsePromql('rate(x[20s])');
  for (let phase = 0; phase < 40; phase += 1) {
    const scrapes = Array.from({ length: 25 }, (_, n) => n * 2_000 + phase * 50 + 150 * drawnShare(phase * 100 + n));
    // a scrape takes a while, and counts what ended until it is served
    const points = scrapes.map((atMs, n) => {
      const servedMs = atMs + 400 * drawnShare(7_000 + n);
      return [atMs, REQUESTS.filter(({ endMs }) => endMs <= servedMs).length] as const;
    });
    const value = evaluatePromql(query, [{ labels: { __name__: 'x' }, points }], 36_000);
    const said = value.type === 'vector' ? (value.samples[0]?.value ?? Number.NaN) : Number.NaN;
    const { low, high } = clients.rate({ atMs: 36_000, windowMs: 20_000, scrapeMs: 2_000, lagMs: 0, accepts: all });
    expect(said).toBeGreaterThanOrEqual(low);
    expect(said).toBeLessThanOrEqual(high);
  }
});

test('requests without an answer may have been counted, or not', () => {
  const lost = REQUESTS.map((one, n) => (n % 2 === 0 ? { ...one, status: 0, isNamed: false } : one));
  const { low, high } = clientTraffic(lost).rate({
    atMs: 38_000,
    windowMs: 20_000,
    scrapeMs: 2_000,
    lagMs: 0,
    accepts: all,
  });
  expect(low).toBeLessThan(25);
  expect(high).toBeGreaterThan(50);
});

test('a window of two scrapes says nothing', () => {
  const { low, high } = clientTraffic(REQUESTS).rate({
    atMs: 38_000,
    windowMs: 4_000,
    scrapeMs: 2_000,
    lagMs: 0,
    accepts: all,
  });
  expect([low, high]).toEqual([0, Number.POSITIVE_INFINITY]);
});

test('first, last and slowest', () => {
  const clients = clientTraffic([
    { startMs: 5, endMs: 9, status: 200, isNamed: true },
    { startMs: 2, endMs: 900, status: 0, isNamed: false },
  ]);
  expect(clients).toMatchObject({ fromMs: 2, untilMs: 900, slowestMs: 4 });
});
