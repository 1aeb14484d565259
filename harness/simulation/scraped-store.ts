/**
 * What Prometheus has scraped so far in one simulated rollout: times per target, and a column of counter values for each
 * series of it. A series begins at the first scrape after its first event, so the value it begins with is never seen as
 * an increase. A scrape that failed leaves a gap in windows, and no value for an instant.
 */
import { extrapolatedRate, instantChange } from '../oracle/promql/extrapolated-rate.ts';
import type { Point } from '../oracle/promql/series.ts';

export type RateKind = 'rate' | 'increase' | 'delta' | 'irate' | 'idelta';

export class ScrapeTarget {
  times = new Float64Array(128);
  /** For each scrape, when the first one after it failed; Infinity: the next one did not. */
  #failed = new Float64Array(128);
  count = 0;
  readonly columns: Column[] = [];

  /** `beginsWith`: the column whose first event also begins this one (all buckets of a histogram appear together). */
  addColumn(beginsWith?: Column): Column {
    const column = new Column(this, beginsWith);
    this.columns.push(column);
    return column;
  }

  clear(): void {
    this.count = 0;
    for (const column of this.columns) column.clear();
  }

  /** Writes the present value of every series that has begun. */
  scrape(timeMs: number): void {
    if (this.count === this.times.length) {
      this.times = doubled(this.times);
      this.#failed = doubled(this.#failed);
    }
    this.times[this.count] = timeMs;
    this.#failed[this.count] = Number.POSITIVE_INFINITY;
    for (const column of this.columns) column.write(this.count);
    this.count += 1;
  }

  /** A failed scrape counts as an empty one: every series of the target is marked stale, and begins again with the next. */
  fail(timeMs: number): void {
    const last = this.count - 1;
    if (last >= 0) this.#failed[last] = Math.min(this.#failed[last]!, timeMs);
  }

  /** Whether a scrape has failed after the one of this index. */
  isStale(index: number, timeMs: number): boolean {
    return this.#failed[index]! <= timeMs;
  }

  /** Times of staleness markers, sorted. */
  staleAtMs(untilMs: number): number[] {
    return [...this.#failed.subarray(0, this.count)].filter((failedMs) => failedMs <= untilMs);
  }

  /** Index of the last scrape that is not later; -1: none. */
  lastAt(timeMs: number): number {
    let index = this.count - 1;
    while (index >= 0 && this.times[index]! > timeMs) index -= 1;
    return index;
  }
}

export class Column {
  readonly target: ScrapeTarget;
  values = new Float64Array(128);
  /** Index of the first scrape that shows it; -1: not yet. */
  born = -1;
  /** Events so far, seen or not. */
  total = 0;

  readonly #beginsWith: Column;

  constructor(target: ScrapeTarget, beginsWith?: Column) {
    this.target = target;
    this.#beginsWith = beginsWith ?? this;
  }

  clear(): void {
    this.born = -1;
    this.total = 0;
  }

  write(index: number): void {
    if (this.born < 0) {
      if (this.#beginsWith.total === 0) return;
      this.born = index;
    }
    if (index >= this.values.length) this.values = doubled(this.values);
    this.values[index] = this.total;
  }

  /** Undefined outside the look-back, and from a failed scrape to the next good one. */
  valueAt(timeMs: number, lookbackMs: number): number | undefined {
    const index = this.target.lastAt(timeMs);
    if (this.born < 0 || index < this.born || this.target.times[index]! <= timeMs - lookbackMs) return undefined;
    return this.target.isStale(index, timeMs) ? undefined : this.values[index]!;
  }

  /** Points inside (startMs, endMs]. */
  pointsWithin(startMs: number, endMs: number): Point[] {
    const points: Point[] = [];
    if (this.born < 0) return points;
    const { times } = this.target;
    for (let index = this.target.lastAt(endMs); index >= this.born && times[index]! > startMs; index -= 1)
      points.push([times[index]!, this.values[index]!]);
    return points.reverse();
  }

  /** The oracle's rate, without making points for what never resets: the same operations in the same order. */
  rate(startMs: number, endMs: number, kind: RateKind): number | undefined {
    if (kind === 'irate' || kind === 'idelta') return instantChange(this.pointsWithin(startMs, endMs), kind);
    if (kind === 'delta') return extrapolatedRate({ points: this.pointsWithin(startMs, endMs), startMs, endMs }, kind);
    if (this.born < 0) return undefined;
    const { times } = this.target;
    const last = this.target.lastAt(endMs);
    let first = last;
    while (first > this.born && times[first - 1]! > startMs) first -= 1;
    if (last - first < 1) return undefined;
    const change = this.values[last]! - this.values[first]!;
    let toStart = (times[first]! - startMs) / 1000;
    let toEnd = (endMs - times[last]!) / 1000;
    const sampled = (times[last]! - times[first]!) / 1000;
    const spacing = sampled / (last - first);
    const threshold = spacing * 1.1;
    if (toStart >= threshold) toStart = spacing / 2;
    if (change > 0) {
      const toZero = sampled * (this.values[first]! / change);
      if (toZero < toStart) toStart = toZero;
    }
    if (toEnd >= threshold) toEnd = spacing / 2;
    let factor = (sampled + toStart + toEnd) / sampled;
    if (kind === 'rate') factor /= (endMs - startMs) / 1000;
    return change * factor;
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
