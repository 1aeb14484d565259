/** The share over time as the requests alone tell it, for mutants whose weight moves. */
import { changeTime } from '../stats/change-time.ts';
import { segmentShares, snapToDeclared } from '../stats/segmentation.ts';
import { CANARY } from './data-plane.ts';
import type { Trial } from './trial.ts';

/** Of a change whose time is known otherwise: how far the reconstruction may be from it. */
const CLOSE_MS = 250;
const CONFIDENCE = 0.99;

/** Whether the requests show one piece of an undeclared share between two declared ones, beginning and ending when the proxy's route did. */
export function locateBlip({ completed, split, moments }: Trial, share: number): boolean {
  const ordered = completed.filter(({ arm }) => arm !== null).toSorted((a, b) => a.sample.sequence - b.sample.sequence);
  const hits = Uint8Array.from(ordered, ({ arm }) => (arm === CANARY ? 1 : 0));
  const declared = split.arms.map((arm) => arm.declaredShare);
  const pieces = snapToDeclared(segmentShares(hits), declared);
  const [before, piece, after] = pieces;
  if (!before || !piece || !after || pieces.length !== 3) return false;
  const atMs = (index: number) => ordered[Math.min(index, ordered.length - 1)]!.sample.startMs;
  const began = changeTime(hits.subarray(0, piece.to), before.share, piece.share, CONFIDENCE);
  const ended = changeTime(hits.subarray(piece.from), piece.share, after.share, CONFIDENCE);
  const close = (foundMs: number, moment: number | undefined) =>
    moment !== undefined && Math.abs(foundMs - moment) <= CLOSE_MS;
  return (
    piece.declared === undefined &&
    before.declared !== undefined &&
    after.declared !== undefined &&
    piece.interval.low <= share &&
    share <= piece.interval.high &&
    close(atMs(began.estimate), moments[0]) &&
    close(atMs(piece.from + ended.estimate), moments[1])
  );
}
