/**
 * An interval as a line of characters, for places that show no pictures: `──┤ ●─ ├──`-like bars on the accepted range.
 * The bar spans twice the margin around the declared share, which is `┃`; the estimate is `●`, its interval `━`.
 */
import type { ArmReport } from '../model/split-reading.ts';

const CELLS = 25;

export function intervalBar(
  arm: Pick<ArmReport, 'declaredShare' | 'estimate'>,
  interval: { readonly low: number; readonly high: number },
  margin: number,
): string {
  const reach = Math.max(margin * 2, 0.005);
  const cell = (share: number) => Math.round(((share - arm.declaredShare) / reach + 1) * ((CELLS - 1) / 2));
  const cells: string[] = Array.from({ length: CELLS }, () => '·');
  const put = (index: number, mark: string) => {
    if (index >= 0 && index < CELLS) cells[index] = mark;
  };
  for (let index = cell(interval.low); index <= cell(interval.high); index += 1) put(index, '━');
  put(cell(arm.declaredShare), '┃');
  const estimate = cell(arm.estimate);
  if (estimate < 0) cells[0] = '◀';
  else if (estimate >= CELLS) cells[CELLS - 1] = '▶';
  else put(estimate, '●');
  return cells.join('');
}
