/**
 * What the timeline draws of long series: neighbouring bins merged until a screen can show them, and bins whose band
 * contradicts everything that any layer declared while they lasted.
 */
import type { TimelineReport } from './run-report.ts';

export type SeriesPath = TimelineReport['series'][number]['path'];
export type Bin = TimelineReport['series'][number]['bins'][number];

export const DECLARING_LAYERS = ['git', 'api', 'xds'] as const;

const Z_99 = 2.575829303548901;

/**
 * At most `limit` bins: each merges the same number of neighbours, adding requests up. The band of a merged bin is the
 * 99 % Wilson score interval of its own counts, as for the bins it was made of.
 */
export function mergeBins(bins: readonly Bin[], limit: number): { bins: readonly Bin[]; merged: number } {
  const merged = Math.max(1, Math.ceil(bins.length / limit));
  if (merged === 1) return { bins, merged };
  const result: Bin[] = [];
  for (let index = 0; index < bins.length; index += merged) {
    const group = bins.slice(index, index + merged);
    const first = group[0];
    const last = group.at(-1);
    if (first === undefined || last === undefined) continue;
    const n = group.reduce((sum, bin) => sum + bin.n, 0);
    const share = n === 0 ? 0 : group.reduce((sum, bin) => sum + bin.share * bin.n, 0) / n;
    result.push({ startMs: first.startMs, endMs: last.endMs, n, share, ...wilsonBand(share, n) });
  }
  return { bins: result, merged };
}

/** Shares that any layer declared at any moment of [startMs, endMs]; empty before the first step. */
export function declaredDuring(
  declared: TimelineReport['declared'],
  startMs: number,
  endMs: number,
): readonly number[] {
  const shares = new Set<number>();
  for (const layer of DECLARING_LAYERS) {
    const steps = declared.filter((step) => step.layer === layer).toSorted((a, b) => a.atMs - b.atMs);
    const before = steps.findLast((step) => step.atMs <= startMs);
    if (before !== undefined) shares.add(before.share);
    for (const step of steps) if (step.atMs > startMs && step.atMs <= endMs) shares.add(step.share);
  }
  return [...shares];
}

/**
 * True when requests were seen and the band lies wholly above or wholly below what was declared. While a change is on
 * its way several shares hold at once, and any mixture of them is consistent.
 */
export function contradicts(bin: Bin, declared: TimelineReport['declared']): boolean {
  const shares = declaredDuring(declared, bin.startMs, bin.endMs);
  if (bin.n === 0 || shares.length === 0) return false;
  return bin.low > Math.max(...shares) || bin.high < Math.min(...shares);
}

function wilsonBand(share: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const z2 = Z_99 * Z_99;
  const middle = share + z2 / (2 * n);
  const half = Z_99 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  // rounding may leave the ends of all and none just short of 1 and 0, and a band that leaves them out contradicts them
  return {
    low: share === 0 ? 0 : Math.max(0, (middle - half) / (1 + z2 / n)),
    high: share === 1 ? 1 : Math.min(1, (middle + half) / (1 + z2 / n)),
  };
}

/**
 * Bins with requests, cut where the path was silent: a band drawn over a pause would claim something nobody saw.
 * Neighbours belong together when the pause between them is shorter than the shorter of the two.
 */
export function contiguousRuns(bins: readonly Bin[]): readonly (readonly Bin[])[] {
  const runs: Bin[][] = [];
  let last: Bin | undefined;
  for (const bin of bins) {
    if (bin.n === 0) continue;
    const together =
      last !== undefined && bin.startMs - last.endMs < Math.min(bin.endMs - bin.startMs, last.endMs - last.startMs);
    if (together) runs.at(-1)?.push(bin);
    else runs.push([bin]);
    last = bin;
  }
  return runs;
}

/** Client paths are what clients got; the others are second witnesses, drawn as thin lines. */
export function isClientPath(path: SeriesPath): boolean {
  return path !== 'prometheus' && path !== 'envoy';
}

/** Fewer requests than this, scraped alone, would draw a share of 0 or 100 % that nobody saw. */
const LEAST_OF_WITNESS = 50;

/** Whether a bin is drawn: any of a client path, and of a second witness those with enough requests. */
export function isDrawn(path: SeriesPath, bin: Bin): boolean {
  return bin.n >= (isClientPath(path) ? 1 : LEAST_OF_WITNESS);
}

/** First and last moment of anything in the timeline; undefined when it is empty. */
export function timelineSpan(timeline: TimelineReport): readonly [number, number] | undefined {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const take = (ms: number) => {
    from = Math.min(from, ms);
    to = Math.max(to, ms);
  };
  for (const step of timeline.declared) take(step.atMs);
  for (const event of timeline.events) take(event.atMs);
  for (const { bins } of timeline.series)
    for (const bin of bins) {
      take(bin.startMs);
      take(bin.endMs);
    }
  if (from > to) return undefined;
  return from === to ? [from - 500, to + 500] : [from, to];
}
