/** Planning: what a sequential split test will cost before any request is sent. */
import { exactOperatingCharacteristics, type SequentialTestSize } from './exact-sequential-test.ts';
import { requestCap, weakestDivergence } from './likelihood-ratio-pair.ts';
import { fixedSampleSize } from './sample-size.ts';

export interface SplitPlan {
  /** Requests to a pass when the split is exact: mean and 99th percentile. */
  readonly passMean: number;
  readonly passQuantile99: number;
  /** Mean requests to a fail when the share is off by exactly the margin, in the slower direction. */
  readonly failMean: number;
  readonly cap: number;
  readonly fixedSampleSize: number;
}

/** Above this cap the exact program is run at a wider margin and scaled: its time grows with cap times window. */
const EXACT_CAP = 60_000;

/**
 * Exact by dynamic programming up to a cap of 60,000 requests; beyond it, the numbers of a test with a wider margin
 * multiplied by the ratio of the information per request (3 per cent below exact at 90/10 with a margin of 1 point).
 */
export function planSplit(size: SequentialTestSize): SplitPlan {
  const { share, margin, alpha, beta } = size;
  const key = [share, margin, alpha, beta].join(' ');
  const plan = planned.get(key) ?? planAnew(size);
  planned.set(key, plan);
  return plan;
}

/** One plan asks the same for every path and every claim of a split, and the exact program takes seconds. */
const planned = new Map<string, SplitPlan>();

function planAnew(size: SequentialTestSize): SplitPlan {
  const { margin, beta } = size;
  // A share and its complement are the same test; on the smaller one the upward drift is the slower to find.
  const share = Math.min(size.share, 1 - size.share);
  const cap = requestCap(share, margin, beta);
  const room = 0.9 * Math.min(share, 1 - share);
  const wider = cap <= EXACT_CAP ? margin : Math.min(room, margin * Math.sqrt(cap / EXACT_CAP));
  const scale = weakestDivergence(share, wider) / weakestDivergence(share, margin);
  const scaled = { ...size, share, margin: wider };
  const most = 2 * requestCap(share, wider, beta);
  const exact = exactOperatingCharacteristics(scaled, share, most);
  const off = exactOperatingCharacteristics(scaled, share + wider, most);
  return {
    passMean: exact.meanRequests * scale,
    passQuantile99: exact.quantile(0.99) * scale,
    failMean: off.meanRequests * scale,
    cap,
    fixedSampleSize: fixedSampleSize(size),
  };
}
