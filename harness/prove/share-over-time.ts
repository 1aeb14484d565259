/** The share over time as the requests alone tell it, by the ledger's own reconstruction, for mutants whose weight moves. */
import { createLabelStream } from '../ledger/label-stream.ts';
import { locateChange, observedSegments } from '../ledger/observed-timeline.ts';
import { CANARY } from './data-plane.ts';
import type { Trial } from './trial.ts';

/** Of a change whose time is known otherwise: how far the reconstruction may be from it. */
const CLOSE_MS = 250;

/** Whether the requests show one piece of an undeclared share between two declared ones, beginning and ending when the proxy's route did. */
export function locateBlip({ completed, split, moments }: Trial, share: number): boolean {
  const labels = createLabelStream();
  for (const { sample, arm } of completed.toSorted((a, b) => a.sample.sequence - b.sample.sequence))
    if (arm !== null) labels.add(sample.startMs, arm === CANARY);
  const streams = [{ path: split.path, labels: labels.view() }];
  const pieces = observedSegments(
    streams,
    split.arms.map((arm) => arm.declaredShare),
  );
  const [before, piece, after] = pieces;
  if (!before || !piece || !after || pieces.length !== 3) return false;
  const [began] = locateChange(streams, before.share, piece.share, before.startMs, piece.endMs);
  const [ended] = locateChange(streams, piece.share, after.share, piece.startMs, after.endMs);
  const close = (foundMs: number | undefined, moment: number | undefined) =>
    foundMs !== undefined && moment !== undefined && Math.abs(foundMs - moment) <= CLOSE_MS;
  return (
    before.declaredShare !== undefined &&
    piece.declaredShare === undefined &&
    after.declaredShare !== undefined &&
    piece.low <= share &&
    share <= piece.high &&
    close(began?.atMs, moments[0]) &&
    close(ended?.atMs, moments[1])
  );
}
