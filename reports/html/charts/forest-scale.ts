/** The common axis of the forest plot: difference from the declared share, in percentage points. */
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { SplitReport } from '../../model/run-report.ts';
import { whiskerOf } from '../../model/split-reading.ts';

export const FOREST_WIDTH = 420;
const EDGE = 14;
/** A wild estimate is drawn as an arrow at the edge, or all other rows would shrink to a dot. */
const WIDEST_IN_MARGINS = 6;

export function forestScale(splits: readonly SplitReport[]): ScaleLinear<number, number> {
  let reach = 0.005;
  let margin = 0;
  for (const split of splits) {
    margin = Math.max(margin, split.margin);
    for (const arm of split.arms) {
      const { low, high } = whiskerOf(arm);
      const ends = split.samples === 0 ? [] : [low - arm.declaredShare, high - arm.declaredShare];
      for (const end of ends) reach = Math.max(reach, Math.abs(end));
    }
  }
  const limit = margin > 0 ? WIDEST_IN_MARGINS * margin : 1;
  const half = Math.max(margin * 1.25, Math.min(reach * 1.08, limit));
  return scaleLinear([-half, half], [EDGE, FOREST_WIDTH - EDGE]).clamp(true);
}
