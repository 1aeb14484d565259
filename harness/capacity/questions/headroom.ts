/** What a bracket says about a peak: enough headroom or not, and for how long at a rate of growth. Pure. */
export interface KnownCapacity {
  /** The objective holds up to here; undefined: nowhere that was tried. */
  readonly low: number | undefined;
  /** It does not hold from here on; undefined: held wherever it was tried. */
  readonly high: number | undefined;
}

/** Passed: low >= headroom·peak. Failed: high < headroom·peak, or no rate holds. Else the bracket holds the answer. */
export function headroomGate(
  { low, high }: KnownCapacity,
  peak: number,
  headroom: number,
): 'passed' | 'failed' | 'inconclusive' {
  const needed = peak * headroom;
  if (low !== undefined && low >= needed) return 'passed';
  return high !== undefined && high < needed ? 'failed' : 'inconclusive';
}

/**
 * Months until a peak that grows by `growth` a month meets the capacity: ln(low/peak)/ln(1+growth) to the same of high;
 * negative when it has been met already.
 * @param growth share per month, above 0
 */
export function monthsLeft(
  { low, high }: KnownCapacity,
  peak: number,
  growth: number,
): { from: number | undefined; to: number | undefined } {
  const months = (rate: number | undefined) =>
    rate === undefined ? undefined : Math.log(rate / peak) / Math.log1p(growth);
  return { from: months(low), to: months(high) };
}
