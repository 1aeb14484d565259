/**
 * What the timeline draws of long series: neighbouring bins merged until a screen can show them, and bins that contradict
 * everything that any layer declared while they lasted.
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

/** How often a series whose clients got exactly what was declared has any contradiction at all: at most. */
const FALSE_ALARM = 0.01;

interface Window {
  readonly n: number;
  readonly hits: number;
  /** What all layers declared while its bins lasted, weighted by their requests: the least and the most that fits. */
  readonly least: number;
  readonly most: number;
}

/**
 * Bins that chance does not explain, alone or together with their neighbours: windows of 1, 2, 4, 8 … bins are held
 * against what was declared meanwhile, and of several that contradict it the shortest count. While a change is on its way
 * several shares hold at once, and any mixture of them fits.
 *
 * By Hoeffding's bound for independent requests of whatever shares with mean p (1963, theorem 1): P(share ≥ s) ≤
 * exp(−n·KL(s‖p)), shared out over all windows and both directions so that FALSE_ALARM holds for the series as a whole.
 */
export function contradictedBins(bins: readonly Bin[], declared: TimelineReport['declared']): ReadonlySet<Bin> {
  const parts = bins.map((bin): Window | undefined => {
    const shares = declaredDuring(declared, bin.startMs, bin.endMs);
    if (bin.n === 0 || shares.length === 0) return undefined;
    const [least, most] = [Math.min(...shares), Math.max(...shares)];
    // a whole number again: a share just short of 1 is not what was declared where 1 was
    return { n: bin.n, hits: Math.round(bin.share * bin.n), least: least * bin.n, most: most * bin.n };
  });
  const lengths: number[] = [];
  for (let length = 1; length <= bins.length; length *= 2) lengths.push(length);
  const windows = lengths.reduce((sum, length) => sum + bins.length - length + 1, 0);
  const found = new Set<Bin>();
  for (const length of lengths) {
    const longer: Bin[] = [];
    for (let start = 0; start + length <= bins.length; start += 1) {
      const here = bins.slice(start, start + length);
      if (here.some((bin) => found.has(bin))) continue;
      if (isContradiction(parts.slice(start, start + length), windows)) longer.push(...here);
    }
    for (const bin of longer) found.add(bin);
  }
  return found;
}

function isContradiction(parts: readonly (Window | undefined)[], windows: number): boolean {
  const sum = (read: (one: Window) => number) => parts.reduce((all, one) => all + (one ? read(one) : 0), 0);
  const n = sum((one) => one.n);
  if (n === 0) return false;
  const share = sum((one) => one.hits) / n;
  const [least, most] = [sum((one) => one.least) / n, sum((one) => one.most) / n];
  if (share >= least && share <= most) return false;
  return n * divergence(share, share < least ? least : most) > Math.log((2 * windows) / FALSE_ALARM);
}

/** Kullback-Leibler divergence of two shares, in nats; infinite where p is 0 or 1 and the other is not. */
function divergence(share: number, p: number): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return part(share, p) + part(1 - share, 1 - p);
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

/** Of what its neighbours counted: where load begins or ends, the pods are scraped on different sides of that moment. */
const LEAST_OF_NEIGHBOURS = 0.8;

/** Bins that are drawn: of a client path all with requests, of a second witness those that counted enough, and steadily. */
export function drawnBins(path: SeriesPath, bins: readonly Bin[]): readonly Bin[] {
  if (isClientPath(path)) return bins.filter(({ n }) => n > 0);
  return bins.filter(({ n }, at) => {
    const beside = Math.max(bins[at - 1]?.n ?? 0, bins[at + 1]?.n ?? 0);
    return n >= LEAST_OF_WITNESS && n >= LEAST_OF_NEIGHBOURS * beside;
  });
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
