import { afterEach, describe, expect, test, vi } from 'vitest';
import { startFakePrometheus, versionVector } from '../testkit/fakes/fake-prometheus.ts';
import {
  difference,
  readBaseline,
  readVersionCounts,
  readVersionGrowth,
  settledGrowth,
  total,
} from './mesh-counters.ts';

const QUERY = { reporter: 'destination', service: 'reviews', namespace: 'bookinfo' } as const;
const { signal } = new AbortController();
const counts = (record: Record<string, number>) => new Map(Object.entries(record));

afterEach(() => vi.restoreAllMocks());

test('growth by version; a version that was not there before counts from zero', () => {
  expect(difference(counts({ v1: 95, v3: 12, v4: 2 }), counts({ v1: 5, v3: 12 }))).toEqual(
    counts({ v1: 90, v3: 0, v4: 2 }),
  );
  expect(total(counts({ v1: 90, v3: 10 }))).toBe(100);
  expect(total(new Map())).toBe(0);
});

test('the counters of one service, as one side reports them', async () => {
  await using prometheus = await startFakePrometheus(() => versionVector({ v1: 9, v3: 1 }));
  expect(await readVersionCounts(prometheus.url, QUERY, signal)).toEqual(counts({ v1: 9, v3: 1 }));
  const asked = prometheus.asked[0]?.searchParams.get('query');
  expect(asked).toBe(
    'sum by (destination_version) (istio_requests_total{reporter="destination",destination_service_name="reviews",destination_service_namespace="bookinfo"})',
  );
});

const isClock = (url: URL) => url.searchParams.get('query')?.startsWith('min(timestamp(') ?? false;
const fresh = () => versionVector({ v1: Date.now() / 1000 + 60 });

describe('readBaseline', () => {
  test('waits for a scrape from after the question', async () => {
    const stale = Date.now() / 1000 - 1;
    let looks = 0;
    await using prometheus = await startFakePrometheus((url) => {
      if (!isClock(url)) return versionVector({ v1: looks < 2 ? 8 : 9 });
      looks += 1;
      return versionVector({ v1: looks < 2 ? stale : stale + 60 });
    });
    expect(await readBaseline(prometheus.url, QUERY, 60_000, signal)).toEqual(counts({ v1: 9 }));
  });

  test('waits for nothing where nothing was ever counted, and not beyond its limit', async () => {
    await using empty = await startFakePrometheus(() => versionVector({}));
    expect(await readBaseline(empty.url, QUERY, 60_000, signal)).toEqual(new Map());
    await using stuck = await startFakePrometheus((url) => versionVector({ v1: isClock(url) ? 1 : 8 }));
    expect(await readBaseline(stuck.url, QUERY, 100, signal)).toEqual(counts({ v1: 8 }));
  });
});

describe('settledGrowth', () => {
  const before = counts({ v1: 100 });
  const looksOf = ({ asked }: { readonly asked: readonly URL[] }) => asked.filter((url) => !isClock(url)).length;

  test('ends as soon as all expected requests are there', async () => {
    let scrape = 0;
    await using prometheus = await startFakePrometheus((url) =>
      isClock(url) ? fresh() : versionVector({ v1: 150 + 40 * scrape++, v3: 10 }),
    );
    expect(await settledGrowth(prometheus.url, QUERY, before, 100, 60_000, signal)).toEqual(counts({ v1: 90, v3: 10 }));
    expect(looksOf(prometheus)).toBe(2);
  });

  test('one proxy scraped too early is waited for, though the sum is there already', async () => {
    const stale = Date.now() / 1000 - 1;
    let looks = 0;
    await using prometheus = await startFakePrometheus((url) => {
      if (!isClock(url)) return versionVector(looks < 2 ? { v1: 191, v3: 9 } : { v1: 191, v3: 10 });
      looks += 1;
      return looks < 2 ? versionVector({ v1: stale }) : fresh();
    });
    expect(await settledGrowth(prometheus.url, QUERY, before, 100, 60_000, signal)).toEqual(counts({ v1: 91, v3: 10 }));
  });

  test('ends when the counters stand still, though requests are missing', async () => {
    await using prometheus = await startFakePrometheus((url) => (isClock(url) ? fresh() : versionVector({ v1: 150 })));
    let now = 0;
    // each look at the clock is three seconds later
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 3_000));
    expect(await settledGrowth(prometheus.url, QUERY, before, 100, 600_000, signal)).toEqual(counts({ v1: 50 }));
    expect(looksOf(prometheus)).toBeGreaterThan(1);
  });

  test('ends at its limit with what was counted by then', async () => {
    let scrape = 0;
    await using prometheus = await startFakePrometheus((url) =>
      isClock(url) ? fresh() : versionVector({ v1: 101 + scrape++ }),
    );
    const growth = await settledGrowth(prometheus.url, QUERY, before, 100, 700, signal);
    expect(total(growth)).toBe(looksOf(prometheus));
    expect(total(growth)).toBeLessThan(5);
  });
});

test('growth over time: intervals without a request are left out, a restart counts from zero', async () => {
  const series = (version: string, values: readonly [number, string][]) => ({
    metric: { destination_version: version },
    values,
  });
  await using prometheus = await startFakePrometheus(() => ({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        series('v1', [
          [4, '100'],
          [8, '190'],
          [12, '190'],
          [16, '30'],
        ]),
        series('v3', [
          [8, '10'],
          [12, '10'],
          [16, '12'],
        ]),
      ],
    },
  }));
  const range = { startMs: 4_000, endMs: 16_000, stepMs: 4_000 };
  expect(await readVersionGrowth(prometheus.url, QUERY, range, signal)).toEqual([
    { startMs: 4_000, endMs: 8_000, byVersion: counts({ v1: 90, v3: 10 }) },
    { startMs: 12_000, endMs: 16_000, byVersion: counts({ v1: 30, v3: 2 }) },
  ]);
});
