/**
 * Does a known sequence of shares explain a stream of 0 and 1? The times of its changes are fitted, its shares are not:
 * knowing them, far fewer requests show a change than where any share is possible (segmentation.ts).
 */
import { confidenceSequence } from './mixture-e-process.ts';
import { type NamedSegment, segmentShares } from './segmentation.ts';

export interface OrderedFitOptions {
  /** Requests per piece at least. */
  readonly leastLength: number;
  /** By how much each piece must explain the stream better than the others can without it: ln of a likelihood ratio. */
  readonly evidence: number;
  readonly confidence: number;
  /** Whether requests `from` to `to` are too few to be more than the change itself, at either end of a piece. */
  isChange(from: number, to: number): boolean;
}

/** ln of the likelihood ratio that each step of a canary must show. */
export const STEP_EVIDENCE = Math.log(1000);
const DEFAULTS = { leastLength: 30, evidence: STEP_EVIDENCE, confidence: 0.999 };
/** What an answer costs that its share excludes; finite, so that sums stay numbers. */
const IMPOSSIBLE = 1e4;

/**
 * @param shares in the order in which they must be seen, neighbours different
 * @returns one piece for each share; undefined where the sequence does not explain the stream: a share lies outside of
 *   its piece's confidence sequence, a piece is not of one share, or the stream is explained as well without it
 */
export function fitInOrder(
  hits: Uint8Array,
  shares: readonly number[],
  options: Partial<OrderedFitOptions> & Pick<OrderedFitOptions, 'isChange'>,
): readonly NamedSegment[] | undefined {
  const { leastLength, evidence, confidence, isChange } = { ...DEFAULTS, ...options };
  const best = cheapestCuts(hits, shares, leastLength);
  if (!best) return undefined;
  const pieces = shares.map((share, k) => pieceOf(hits, best.cuts[k]!, best.cuts[k + 1]!, share, confidence));
  const isExplained = pieces.every(
    (piece) =>
      piece.declared! >= piece.interval.low &&
      piece.declared! <= piece.interval.high &&
      isOfOneShare(hits, piece, isChange),
  );
  if (!isExplained) return undefined;
  const isNeeded = shares.every((_, k) => {
    if (shares.length === 1) return true;
    const without = cheapestCuts(hits, shares.toSpliced(k, 1), leastLength);
    return without === undefined || without.cost - best.cost >= evidence;
  });
  return isNeeded ? pieces : undefined;
}

function pieceOf(hits: Uint8Array, from: number, to: number, share: number, confidence: number): NamedSegment {
  let inside = 0;
  for (let i = from; i < to; i += 1) inside += hits[i]!;
  const interval = confidenceSequence(inside, to - from, confidence);
  return { from, to, hits: inside, share: inside / (to - from), interval, declared: share };
}

/** Nothing else happened within, but for the change at its ends, where proxies do not all switch at once. */
function isOfOneShare(hits: Uint8Array, { from, to }: NamedSegment, isChange: OrderedFitOptions['isChange']): boolean {
  const parts = segmentShares(hits.subarray(from, to));
  return parts.every(
    (part, i) =>
      parts.length === 1 ||
      isChange(from + part.from, from + part.to) ||
      // the one long part that is left
      parts.every((other, j) => j === i || isChange(from + other.from, from + other.to)),
  );
}

/** Positions 0 = c_0 < ... < c_K = n of the most likely changes, by dynamic programming over requests and shares. */
function cheapestCuts(
  hits: Uint8Array,
  shares: readonly number[],
  leastLength: number,
): { readonly cuts: readonly number[]; readonly cost: number } | undefined {
  const n = hits.length;
  if (n < shares.length * leastLength) return undefined;
  let before = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  before[0] = 0;
  const starts: Int32Array[] = [];
  for (const share of shares) {
    const hit = share > 0 ? -Math.log(share) : IMPOSSIBLE;
    const miss = share < 1 ? -Math.log1p(-share) : IMPOSSIBLE;
    const total = new Float64Array(n + 1);
    for (let i = 0; i < n; i += 1) total[i + 1] = total[i]! + (hits[i] ? hit : miss);
    const after = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const start = new Int32Array(n + 1);
    let lowest = Number.POSITIVE_INFINITY;
    let lowestAt = 0;
    for (let i = leastLength; i <= n; i += 1) {
      const from = i - leastLength;
      const candidate = before[from]! - total[from]!;
      if (candidate < lowest) {
        lowest = candidate;
        lowestAt = from;
      }
      after[i] = lowest + total[i]!;
      start[i] = lowestAt;
    }
    starts.push(start);
    before = after;
  }
  const cost = before[n]!;
  if (!Number.isFinite(cost)) return undefined;
  const cuts = [n];
  for (const start of starts.toReversed()) cuts.unshift(start[cuts[0]!]!);
  return { cuts, cost };
}
