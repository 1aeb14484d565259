/** Test support: seeded series as a scrape would leave them, with resets, gaps, births, ends and odd values. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Point, Series } from './series.ts';

export interface SampleSeriesOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly scrapeMs: number;
}

const BOUNDS = ['0.5', '1', '5', '10', '25', '50', '100', '250', '500', '1000', '+Inf'];

/** `requests_total`, `duration_bucket`, `duration_count`, `temperature` and `up_total`, for three targets each. */
export function sampleSeries({ seed, startMs, endMs, scrapeMs }: SampleSeriesOptions): Series[] {
  const generator = xoroshiro128plus(seed);
  const random = () => uniformFloat64(generator);
  const whole = (most: number) => Math.floor(random() * most);
  const result: Series[] = [];
  for (const target of ['a', 'b', 'c']) {
    const phaseMs = whole(scrapeMs);
    const scrapes: number[] = [];
    for (let atMs = startMs + phaseMs; atMs < endMs; atMs += scrapeMs)
      if (random() > 0.08) scrapes.push(atMs + whole(20)); // 8 % of the scrapes fail, the others are a little late
    const restart = random() < 0.5 ? startMs + whole(endMs - startMs) : Number.POSITIVE_INFINITY;
    for (const code of ['200', '503']) {
      const bornMs = random() < 0.5 ? startMs : startMs + whole((endMs - startMs) / 2);
      const endedMs = random() < 0.3 ? bornMs + whole(endMs - bornMs) : Number.POSITIVE_INFINITY;
      const perScrape = code === '200' ? 40 : 3;
      const alive = scrapes.filter((atMs) => atMs >= bornMs && atMs < endedMs);
      const end = scrapes.find((atMs) => atMs >= endedMs);
      result.push({
        labels: { __name__: 'requests_total', target, code, version: target === 'c' ? 'v2' : 'v1' },
        points: counter(alive, restart, () => whole(perScrape + 1), code === '503' ? 0 : whole(500)),
        ...(end === undefined ? {} : { staleAtMs: [end] }),
      });
    }
    result.push(...histogram(scrapes, restart, target, whole));
    result.push({
      labels: { __name__: 'temperature', target },
      points: scrapes.map((atMs): Point => [atMs, oddValue(random)]),
    });
    result.push({
      labels: { __name__: 'up_total', target, version: target === 'c' ? 'v2' : 'v1' },
      points: counter(scrapes, restart, () => (random() < 0.7 ? 0 : random() * 1e-3), 0),
    });
  }
  return result.filter(({ points }) => points.length > 0);
}

function counter(scrapes: readonly number[], restartMs: number, step: () => number, from: number): Point[] {
  let value = from;
  let restarted = false;
  return scrapes.map((atMs): Point => {
    if (!restarted && atMs >= restartMs) {
      restarted = true;
      value = 0;
    }
    value += step();
    return [atMs, value];
  });
}

function histogram(
  scrapes: readonly number[],
  restartMs: number,
  target: string,
  whole: (most: number) => number,
): Series[] {
  const counts = BOUNDS.map(() => 0);
  const points: Point[][] = BOUNDS.map(() => []);
  const totals: Point[] = [];
  let restarted = false;
  for (const atMs of scrapes) {
    if (!restarted && atMs >= restartMs) {
      restarted = true;
      counts.fill(0);
    }
    for (let request = whole(30); request > 0; request -= 1) {
      const first = Math.min(whole(6) + whole(6), BOUNDS.length - 1);
      for (let index = first; index < counts.length; index += 1) counts[index]! += 1;
    }
    for (const [index, count] of counts.entries()) points[index]!.push([atMs, count]);
    totals.push([atMs, counts.at(-1)!]);
  }
  return [
    ...BOUNDS.map((le, index) => ({ labels: { __name__: 'duration_bucket', target, le }, points: points[index]! })),
    { labels: { __name__: 'duration_count', target }, points: totals },
  ];
}

function oddValue(random: () => number): number {
  const kind = random();
  if (kind < 0.05) return Number.NaN;
  if (kind < 0.08) return Number.POSITIVE_INFINITY;
  if (kind < 0.1) return Number.NEGATIVE_INFINITY;
  return (random() - 0.5) * 10 ** Math.floor(random() * 12 - 3);
}
