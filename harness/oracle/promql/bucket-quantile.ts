/**
 * histogram_quantile of a classic histogram (Prometheus 3.15, promql/quantile.go, BucketQuantile): linear inside the
 * bucket that holds the rank, bounds of the outermost buckets as they are.
 */
export interface Bucket {
  readonly upperBound: number;
  /** Cumulative. */
  readonly count: number;
}

/** Relative difference between neighbouring counts that is taken for floating point noise. */
const SMALL_DELTA = 1e-12;
const SMALLEST_NORMAL = 2 ** -1022;

export function bucketQuantile(quantile: number, given: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const sorted = given.toSorted((a, b) => (a.upperBound < b.upperBound ? -1 : a.upperBound > b.upperBound ? 1 : 0));
  if (sorted.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const buckets = monotonic(coalesced(sorted));
  const observations = buckets.at(-1)!.count;
  if (buckets.length < 2 || observations === 0) return Number.NaN;
  let rank = quantile * observations;
  const index = firstReaching(buckets, rank);
  if (index === buckets.length - 1) return buckets.at(-2)!.upperBound;
  const { upperBound, count: cumulative } = buckets[index]!;
  if (index === 0 && upperBound <= 0) return upperBound;
  const below = buckets[index - 1];
  let start = 0;
  let count = cumulative;
  if (below) {
    start = below.upperBound;
    count -= below.count;
    rank -= below.count;
  }
  return start + (upperBound - start) * (rank / count);
}

/** The search by halving of Go's sort.Search over all but the last bucket; NaN counts never reach the rank. */
function firstReaching(buckets: readonly Bucket[], rank: number): number {
  let low = 0;
  let high = buckets.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (buckets[middle]!.count >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Buckets of one bound (`le="1"` and `le="1.0"`) are one. */
function coalesced(buckets: readonly Bucket[]): Bucket[] {
  const result: Bucket[] = [];
  for (const bucket of buckets) {
    const last = result.at(-1);
    if (last?.upperBound === bucket.upperBound)
      result[result.length - 1] = { ...last, count: last.count + bucket.count };
    else result.push(bucket);
  }
  return result;
}

function monotonic(buckets: readonly Bucket[]): Bucket[] {
  let previous = buckets[0]!.count;
  return buckets.map((bucket, index) => {
    if (index === 0 || bucket.count === previous) return bucket;
    if (isAlmostEqual(previous, bucket.count) || bucket.count < previous) return { ...bucket, count: previous };
    previous = bucket.count;
    return bucket;
  });
}

function isAlmostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < SMALL_DELTA * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA;
}
