/**
 * The weight timeline from the answers alone: stretches of constant share, and the moment of each declared change with
 * its 99 % set. Requests answered while the proxies were changing over belong to no level and are judged against none.
 */
import type { ObservedSegmentReport } from '../../reports/model/ledger-report.ts';
import { changeTime } from '../stats/change-time.ts';
import { confidenceSequence } from '../stats/mixture-e-process.ts';
import { snapToDeclared } from '../stats/segmentation.ts';
import type { PathStream } from './evidence.ts';

const SHOWN_CONFIDENCE = 0.999;
const CHANGE_CONFIDENCE = 0.99;
/** A change is located where the data say at least a thousand times more likely that there was one. */
const LEAST_LOG_RATIO = Math.log(1000);
/** Requests on either side, so that both levels were seen. */
const LEAST_SIDE = 20;

export function observedSegments(
  streams: readonly PathStream[],
  levels: readonly number[],
): readonly ObservedSegmentReport[] {
  return streams.flatMap(({ path, labels }) =>
    snapToDeclared(labels.stretches(), levels, SHOWN_CONFIDENCE).map((segment) => ({
      path,
      startMs: labels.startMs(segment.from),
      endMs: labels.startMs(segment.to - 1),
      n: segment.to - segment.from,
      share: segment.share,
      low: segment.interval.low,
      high: segment.interval.high,
      ...(segment.declared === undefined ? {} : { declaredShare: segment.declared }),
    })),
  );
}

export interface LocatedChange {
  readonly path: PathStream['path'];
  readonly atMs: number;
  readonly lowMs: number;
  readonly highMs: number;
}

/**
 * Where in [fromMs, toMs) each path went from one share to the other; paths that did not, or had no requests before the
 * change was ordered, are left out: who never saw the old share cannot tell when it ended.
 * @param orderedMs no client can have had the new share before
 */
export function locateChange(
  streams: readonly PathStream[],
  before: number,
  after: number,
  fromMs: number,
  toMs: number,
  orderedMs = toMs,
): readonly LocatedChange[] {
  return streams.flatMap(({ path, labels }) => {
    const first = labels.countBefore(fromMs);
    const last = labels.countBefore(toMs);
    if (labels.countBefore(orderedMs) - first < LEAST_SIDE) return [];
    const found = changeTime(labels.hits.subarray(first, last), before, after, CHANGE_CONFIDENCE);
    const n = last - first;
    const atEdge = found.estimate < LEAST_SIDE || found.estimate > n - LEAST_SIDE;
    if (atEdge || !(found.logRatio >= LEAST_LOG_RATIO)) return [];
    const at = (index: number) => labels.startMs(Math.min(first + index, labels.length - 1));
    return [{ path, atMs: at(found.estimate), lowMs: at(found.low), highMs: at(found.high) }];
  });
}

/** A time in which the proxies of a path held one share, changeovers cut off. */
export interface StableTime {
  readonly fromMs: number;
  readonly toMs: number;
  readonly share: number;
}

export interface WrongStretch {
  readonly path: PathStream['path'];
  readonly fromMs: number;
  readonly toMs: number;
  readonly n: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly expected: number;
}

/** P(one such stretch | the proxies split as they say) is at most this, for each stretch looked at. */
const FALSE_BLAME = 1e-6;
const LEAST_REQUESTS = 30;

/** Stretches whose share cannot be the one that the proxies held in that time. */
export function wrongStretches(streams: readonly PathStream[], stable: readonly StableTime[]): readonly WrongStretch[] {
  return streams.flatMap(({ path, labels }) =>
    stable.flatMap(({ fromMs, toMs, share: expected }) => {
      const first = labels.countBefore(fromMs);
      return labels.stretches(first, labels.countBefore(toMs)).flatMap(({ from, to, hits }) => {
        const n = to - from;
        const { low, high } = confidenceSequence(hits, n, 1 - FALSE_BLAME);
        const forbidden = (expected === 0 && hits > 0) || (expected === 1 && hits < n);
        if (!forbidden && (n < LEAST_REQUESTS || (low <= expected && expected <= high))) return [];
        const [start, end] = [labels.startMs(first + from), labels.startMs(first + to - 1)];
        return [{ path, fromMs: start, toMs: end, n, share: hits / n, low, high, expected }];
      });
    }),
  );
}
