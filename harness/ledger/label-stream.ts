/**
 * Which requests of one client path the followed arm answered, in the order in which they were started: five bytes for
 * each, so that ten million fit into 50 MB.
 */
import { type Segment, segmentShares } from '../stats/segmentation.ts';

export interface LabelView {
  readonly length: number;
  /** 1 where the followed arm answered. */
  readonly hits: Uint8Array;
  /** Unix milliseconds at which a request was started. */
  startMs(index: number): number;
  /** Number of requests that started before this moment. */
  countBefore(ms: number): number;
  /** Stretches of constant share among the requests `first` to before `last`, by their places in it; sought once. */
  stretches(first?: number, last?: number): readonly Segment[];
}

export interface LabelStream {
  add(startMs: number, hit: boolean): void;
  /** What was added so far; later additions do not show in it. */
  view(): LabelView;
}

const FIRST_CAPACITY = 4096;

export function createLabelStream(): LabelStream {
  let hits = new Uint8Array(FIRST_CAPACITY);
  let offsets = new Uint32Array(FIRST_CAPACITY);
  let length = 0;
  let originMs = 0;
  return {
    add(startMs, hit) {
      if (length === 0) originMs = startMs;
      if (length === hits.length) {
        const [oldHits, oldOffsets] = [hits, offsets];
        hits = new Uint8Array(2 * length);
        offsets = new Uint32Array(2 * length);
        hits.set(oldHits);
        offsets.set(oldOffsets);
      }
      hits[length] = hit ? 1 : 0;
      // neighbours may be stamped a millisecond out of order: a search needs times that never go back
      offsets[length] = Math.max(length === 0 ? 0 : offsets[length - 1]!, startMs - originMs);
      length += 1;
    },
    view: () => viewOf(hits.subarray(0, length), offsets.subarray(0, length), originMs),
  };
}

function viewOf(hits: Uint8Array, offsets: Uint32Array, originMs: number): LabelView {
  // a split that nobody moves is asked about as a whole and as the time in which its proxies stood still: the same
  const sought = new Map<string, readonly Segment[]>();
  return {
    length: hits.length,
    hits,
    startMs: (index) => originMs + (offsets[index] ?? 0),
    countBefore(ms) {
      let low = 0;
      let high = offsets.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (originMs + offsets[middle]! < ms) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    stretches(first = 0, last = hits.length) {
      const key = `${first} ${last}`;
      const found = sought.get(key) ?? segmentShares(hits.subarray(first, last));
      sought.set(key, found);
      return found;
    },
  };
}
