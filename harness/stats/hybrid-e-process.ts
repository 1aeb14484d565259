/**
 * The default e-process against a declared split: half Dirichlet mixture (finds gross errors in a few requests), half
 * spread over the 2k likelihood ratios at the margins (finds small ones sharply). An average of e-processes is one.
 *
 * With two arms this is E = M/2 + exp(logHigh)/4 + exp(logLow)/4. Requests that nobody signed may have gone anywhere;
 * each part then takes the labelling that speaks least against the split, so that they alone can never reject it.
 */
import { logRatioHigh, logRatioLow, type RatioIncrements, ratioIncrements } from './likelihood-ratio-pair.ts';
import { logDirichletMixture } from './mixture-e-process.ts';

/** ln of the sum of exp(terms), without overflow. */
export function logSumExp(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

export interface HybridEProcess {
  readonly shares: readonly number[];
  readonly increments: readonly RatioIncrements[];
}

/** Shares strictly between 0 and 1 with sum 1; the margin fits on both sides of each. */
export function hybridEProcess(shares: readonly number[], margin: number): HybridEProcess {
  return { shares, increments: shares.map((share) => ratioIncrements(share, margin)) };
}

/** ln E of the counts per arm, with `unknown` requests whose arm nobody knows. */
export function hybridLogE(process: HybridEProcess, counts: readonly number[], unknown = 0): number {
  const { shares, increments } = process;
  const n = counts.reduce((sum, count) => sum + count, 0) + unknown;
  const mixed = unknown === 0 ? counts : mostFavourableLabelling(counts, shares, unknown);
  const terms = [logDirichletMixture(mixed, shares) + Math.log(0.5)];
  const pairWeight = -Math.log(4 * shares.length);
  for (let arm = 0; arm < shares.length; arm += 1) {
    const hits = counts[arm]!;
    terms.push(logRatioHigh(increments[arm]!, hits, n) + pairWeight);
    terms.push(logRatioLow(increments[arm]!, hits + unknown, n) + pairWeight);
  }
  return logSumExp(terms);
}

/**
 * The whole-number labelling of the unknown requests that makes the flat Dirichlet mixture smallest.
 *
 * The mixture is a sum of convex functions of one count each, so a labelling that no single exchange improves is the
 * best of all. Starts from the counts levelled towards the shares, then exchanges.
 */
export function mostFavourableLabelling(
  counts: readonly number[],
  shares: readonly number[],
  unknown: number,
): readonly number[] {
  const labelled = levelled(counts, shares, unknown);
  // Cost of giving arm i its (c+1)-th request, up to terms that all arms share: ln((c + 1) / share).
  const cost = (arm: number, count: number) => Math.log((count + 1) / shares[arm]!);
  for (;;) {
    let cheapest = -1;
    let dearest = -1;
    for (let arm = 0; arm < counts.length; arm += 1) {
      const count = labelled[arm]!;
      if (cheapest < 0 || cost(arm, count) < cost(cheapest, labelled[cheapest]!)) cheapest = arm;
      if (count > counts[arm]! && (dearest < 0 || cost(arm, count - 1) > cost(dearest, labelled[dearest]! - 1))) {
        dearest = arm;
      }
    }
    if (dearest < 0 || cheapest === dearest) return labelled;
    if (cost(dearest, labelled[dearest]! - 1) - cost(cheapest, labelled[cheapest]!) <= 1e-12) return labelled;
    labelled[dearest]! -= 1;
    labelled[cheapest]! += 1;
  }
}

/** Counts raised towards a common level per share until all unknown requests are placed. */
function levelled(counts: readonly number[], shares: readonly number[], unknown: number): number[] {
  const n = counts.reduce((sum, count) => sum + count, 0) + unknown;
  const total = (level: number) => counts.reduce((sum, count, arm) => sum + Math.max(count, level * shares[arm]!), 0);
  let low = 0;
  let high = n / Math.min(...shares);
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (total(middle) > n) high = middle;
    else low = middle;
  }
  const raised = counts.map((count, arm) => Math.max(count, Math.floor(low * shares[arm]!)));
  let left = n - raised.reduce((sum, count) => sum + count, 0);
  for (let arm = 0; left > 0; arm = (arm + 1) % raised.length, left -= 1) raised[arm]! += 1;
  return raised;
}
