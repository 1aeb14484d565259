/**
 * Offline reconstruction of the weight timeline: cuts a start-ordered stream of 0 and 1 into pieces of constant share by
 * dynamic programming (optimal partitioning with PELT pruning, Killick et al. 2012), then names each piece after the
 * declared level that its confidence interval contains.
 */
import { confidenceSequence } from './mixture-e-process.ts';
import type { Interval } from './proportion.ts';

export interface SegmentationOptions {
  /** Requests per piece at least. */
  readonly leastLength: number;
  /** Cost of one more change, as a multiple of ln n. */
  readonly penaltyPerLogN: number;
  /** Change points are first sought on blocks, at most this many and a fifth of the least length each, then placed exactly. */
  readonly mostBlocks: number;
}
const SEGMENTATION_DEFAULTS: SegmentationOptions = { leastLength: 30, penaltyPerLogN: 3, mostBlocks: 3000 };

export interface Segment {
  /** Index of the first request, and one past the last. */
  readonly from: number;
  readonly to: number;
  readonly hits: number;
  readonly share: number;
}

/** k ln k for k = 0 to n: looked up, because the cost of a piece is asked for millions of times. */
function tableOfKLogK(n: number): Float64Array {
  const table = new Float64Array(n + 1);
  for (let k = 2; k <= n; k += 1) table[k] = k * Math.log(k);
  return table;
}

export function segmentShares(hits: ArrayLike<number>, options: Partial<SegmentationOptions> = {}): readonly Segment[] {
  const { leastLength, penaltyPerLogN, mostBlocks } = { ...SEGMENTATION_DEFAULTS, ...options };
  const n = hits.length;
  if (n === 0) return [];
  const before = new Float64Array(n + 1);
  for (let i = 0; i < n; i += 1) before[i + 1] = before[i]! + (hits[i] ? 1 : 0);
  const kLogK = tableOfKLogK(n);
  /** Minus the largest log-likelihood of a piece: -h ln(h/n) - (n-h) ln((n-h)/n). */
  const cost = (from: number, to: number) => {
    const inside = before[to]! - before[from]!;
    return kLogK[to - from]! - kLogK[inside]! - kLogK[to - from - inside]!;
  };
  const blockLength = Math.max(1, Math.floor(leastLength / 5), Math.ceil(n / mostBlocks));
  const cuts = optimalCuts(n, blockLength, leastLength, penaltyPerLogN * Math.log(n), { before, kLogK });
  refine(cuts, blockLength, leastLength, cost);
  return cuts.slice(1).map((to, i) => {
    const from = cuts[i]!;
    const inside = before[to]! - before[from]!;
    return { from, to, hits: inside, share: inside / (to - from) };
  });
}

/** What a piece costs by its two ends: how many hits lie before each place, and k ln k. */
interface Stream {
  readonly before: Float64Array;
  readonly kLogK: Float64Array;
}

/**
 * Positions 0 = c_0 < c_1 < ... = n of the cheapest partition on the block grid. Where nothing changes, nothing is pruned,
 * and every block is tried with every start: the loop allocates nothing and calls nothing.
 */
function optimalCuts(
  n: number,
  blockLength: number,
  leastLength: number,
  penalty: number,
  { before, kLogK }: Stream,
): number[] {
  const blocks = Math.ceil(n / blockLength);
  const position = Int32Array.from({ length: blocks + 1 }, (_, block) => Math.min(n, block * blockLength));
  // whole numbers, so that places in the table need no conversion
  const hitsAt = Int32Array.from(position, (place) => before[place]!);
  const previous = new Int32Array(blocks + 1);
  const totals = new Float64Array(blocks + 1);
  // of each start that is still tried, side by side in the order of their places
  const starts = new Int32Array(blocks + 1);
  const places = new Int32Array(blocks + 1);
  const hitsBefore = new Int32Array(blocks + 1);
  const costs = new Float64Array(blocks + 1);
  costs[0] = -penalty;
  let count = 1;
  for (let block = 1; block <= blocks; block += 1) {
    const to = position[block]!;
    const hits = hitsAt[block]!;
    let cheapest = Number.POSITIVE_INFINITY;
    let cheapestAt = -1;
    // the last starts are too near, but for the one piece of a stream that is too short itself
    let far = count;
    while (far > 0 && to - places[far - 1]! < leastLength && !(starts[far - 1] === 0 && block === blocks)) far -= 1;
    for (let i = 0; i < far; i += 1) {
      const length = to - places[i]!;
      const inside = hits - hitsBefore[i]!;
      const total = costs[i]! + (kLogK[length]! - kLogK[inside]! - kLogK[length - inside]!);
      totals[i] = total;
      if (total + penalty < cheapest) {
        cheapest = total + penalty;
        cheapestAt = i;
      }
    }
    if (cheapestAt < 0) continue;
    previous[block] = starts[cheapestAt]!;
    // A start that is already dearer than the best without its penalty can never win later (the cost is superadditive).
    let kept = 0;
    for (let i = 0; i < count; i += 1) {
      if (i < far && totals[i]! > cheapest) continue;
      if (kept < i) {
        starts[kept] = starts[i]!;
        places[kept] = places[i]!;
        hitsBefore[kept] = hitsBefore[i]!;
        costs[kept] = costs[i]!;
      }
      kept += 1;
    }
    starts[kept] = block;
    places[kept] = to;
    hitsBefore[kept] = hits;
    costs[kept] = cheapest;
    count = kept + 1;
  }
  const cuts = [n];
  for (let block = blocks; block > 0; ) {
    block = previous[block]!;
    cuts.unshift(position[block]!);
  }
  return cuts;
}

/** Moves every inner cut to its best place within a block of where the grid put it. */
function refine(
  cuts: number[],
  blockLength: number,
  leastLength: number,
  cost: (from: number, to: number) => number,
): void {
  if (blockLength === 1) return;
  for (let i = 1; i < cuts.length - 1; i += 1) {
    const from = cuts[i - 1]!;
    const to = cuts[i + 1]!;
    const first = Math.max(from + leastLength, cuts[i]! - 2 * blockLength);
    const last = Math.min(to - leastLength, cuts[i]! + 2 * blockLength);
    let bestCost = Number.POSITIVE_INFINITY;
    for (let place = first; place <= last; place += 1) {
      const total = cost(from, place) + cost(place, to);
      if (total < bestCost) {
        bestCost = total;
        cuts[i] = place;
      }
    }
  }
}

export interface NamedSegment extends Segment {
  readonly interval: Interval;
  /** The declared share inside the interval that explains the piece best; undefined: an undeclared weight. */
  readonly declared: number | undefined;
}

/** Names each piece after a declared level, if one lies inside its confidence interval. */
export function snapToDeclared(
  segments: readonly Segment[],
  declared: readonly number[],
  confidence = 0.999,
): readonly NamedSegment[] {
  return segments.map((segment) => {
    const n = segment.to - segment.from;
    const interval = confidenceSequence(segment.hits, n, confidence);
    const inside = declared.filter((level) => level >= interval.low && level <= interval.high);
    const distance = (level: number) => Math.abs(level - segment.share);
    const nearest = inside.toSorted((a, b) => distance(a) - distance(b))[0];
    return { ...segment, interval, declared: nearest };
  });
}
