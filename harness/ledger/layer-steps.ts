/** What a layer held over time, as steps on one clock, and where two layers disagreed. */

/** Subset (or host) -> weight; undefined: the layer held no split at all. */
export type Held = Readonly<Record<string, number>> | undefined;

/** From `atMs` on the layer held this. */
export interface LayerStep {
  readonly atMs: number;
  /** The change may have happened as early as this; absent: at `atMs`. */
  readonly sinceMs?: number | undefined;
  readonly held: Held;
}

/** Weights that route the same: zeros do not matter, proportions do. */
export function sameHeld(a: Held, b: Held): boolean {
  const [left, right] = [shares(a), shares(b)];
  if (!left || !right) return left === right;
  return (
    left.size === right.size && [...left].every(([name, share]) => Math.abs((right.get(name) ?? -1) - share) < 1e-9)
  );
}

function shares(held: Held): ReadonlyMap<string, number> | undefined {
  if (held === undefined) return undefined;
  const total = Object.values(held).reduce((sum, weight) => sum + weight, 0);
  return new Map(
    Object.entries(held).flatMap(([name, weight]) => (weight > 0 ? [[name, weight / total] as const] : [])),
  );
}

/** Share of one subset, 0 to 1; undefined where no split is held. */
export function shareOf(held: Held, subset: string): number | undefined {
  return held === undefined ? undefined : (shares(held)?.get(subset) ?? 0);
}

/** The last step at or before `ms`. Steps are sorted by time. */
export function stepAt<Step extends LayerStep>(steps: readonly Step[], ms: number): Step | undefined {
  return steps.findLast((step) => step.atMs <= ms);
}

export interface Disagreement<Upper extends LayerStep, Lower extends LayerStep> {
  readonly fromMs: number;
  /** When the lower layer may have followed at the earliest, or the end of the time looked at. */
  readonly toMs: number;
  /** They still disagreed at the end. */
  readonly open: boolean;
  readonly upper: Upper;
  /** What the lower layer held when the disagreement began; undefined: it was not known to hold anything yet. */
  readonly lower: Lower | undefined;
}

/**
 * Every stretch within [fromMs, toMs] in which the lower layer did not hold what the upper one did. A stretch goes on
 * while the lower layer moves from one wrong state to another, and ends when either side makes them agree.
 */
export function disagreements<Upper extends LayerStep, Lower extends LayerStep>(
  upper: readonly Upper[],
  lower: readonly Lower[],
  fromMs: number,
  toMs: number,
): readonly Disagreement<Upper, Lower>[] {
  const lowerTimes = lower.map((step) => Math.max(fromMs, step.sinceMs ?? step.atMs));
  const times = [...new Set([fromMs, ...upper.map((step) => step.atMs), ...lowerTimes])]
    .filter((ms) => ms >= fromMs && ms < toMs)
    .sort((a, b) => a - b);
  const found: Disagreement<Upper, Lower>[] = [];
  let begun: { readonly fromMs: number; readonly upper: Upper; readonly lower: Lower | undefined } | undefined;
  const end = (ms: number, open: boolean) => {
    if (begun) found.push({ ...begun, toMs: ms, open });
    begun = undefined;
  };
  for (const ms of times) {
    const above = stepAt(upper, ms);
    const below = lower.findLast((_, index) => (lowerTimes[index] ?? 0) <= ms);
    if (!above || sameHeld(above.held, below?.held)) end(ms, false);
    // a new order of the upper layer begins a new allowance of time
    else if (!begun || begun.upper !== above) {
      end(ms, false);
      begun = { fromMs: Math.max(ms, fromMs), upper: above, lower: below };
    }
  }
  end(toMs, true);
  return found;
}

/** `reviews-v1 90, reviews-v3 10`, in the order of the route; `no split` where none is held. */
export function describeHeld(held: Held): string {
  if (held === undefined) return 'no split';
  return Object.entries(held)
    .map(([name, weight]) => `${name} ${weight}`)
    .join(', ');
}
