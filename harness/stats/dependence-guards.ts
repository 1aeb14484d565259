/**
 * Are requests routed one by one? Tests that look for too much sameness (sticky sessions, a split by pod or by
 * connection) and for too little (a deterministic round robin), both of which break the tests on single requests.
 */
import { chiSquareLowerTail, chiSquareUpperTail, logGamma, normalTwoSidedTail } from './special-functions.ts';

export interface HomogeneityTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Groups that took part, after small ones were put together. */
  readonly groups: number;
  readonly overdispersionPValue: number;
  readonly underdispersionPValue: number;
  /** statistic / degrees of freedom: 1 for independent requests, above it for sticky ones. */
  readonly designEffect: number;
  readonly intraclassCorrelation: number;
}

/** Chi-square approximations hold from about this many expected requests per cell (measured: see the calibration). */
const LEAST_EXPECTED = 4;

/**
 * Homogeneity of the arm shares over groups (connections, VUs, proxies). Rows are groups, columns arms. Groups too small
 * for the chi-square approximation are put together in the order given. Undefined when fewer than two groups or arms
 * remain: there is nothing to compare.
 */
export function homogeneityTest(table: readonly (readonly number[])[]): HomogeneityTest | undefined {
  const armTotals: number[] = [];
  for (const row of table) addInto(armTotals, row);
  const arms = armTotals.flatMap((count, arm) => (count > 0 ? [arm] : []));
  const n = armTotals.reduce((sum, count) => sum + count, 0);
  if (arms.length < 2) return undefined;
  const rarest = Math.min(...arms.map((arm) => armTotals[arm]!)) / n;
  const rows = pooledRows(table, LEAST_EXPECTED / rarest);
  if (rows.length < 2) return undefined;
  let statistic = 0;
  for (const row of rows) {
    const size = row.reduce((sum, count) => sum + count, 0);
    for (const arm of arms) {
      const expected = (size * armTotals[arm]!) / n;
      statistic += ((row[arm] ?? 0) - expected) ** 2 / expected;
    }
  }
  const degreesOfFreedom = (rows.length - 1) * (arms.length - 1);
  const designEffect = statistic / degreesOfFreedom;
  return {
    statistic,
    degreesOfFreedom,
    groups: rows.length,
    overdispersionPValue: chiSquareUpperTail(statistic, degreesOfFreedom),
    underdispersionPValue: chiSquareLowerTail(statistic, degreesOfFreedom),
    designEffect,
    intraclassCorrelation: (designEffect - 1) / (n / rows.length - 1),
  };
}

function addInto(totals: number[], row: readonly number[]): void {
  row.forEach((count, arm) => {
    totals[arm] = (totals[arm] ?? 0) + count;
  });
}

function pooledRows(table: readonly (readonly number[])[], leastSize: number): number[][] {
  const rows: number[][] = [];
  let open: number[] = [];
  let openSize = 0;
  for (const row of table) {
    addInto(open, row);
    openSize += row.reduce((sum, count) => sum + count, 0);
    if (openSize >= leastSize) {
      rows.push(open);
      open = [];
      openSize = 0;
    }
  }
  const last = rows.at(-1);
  if (openSize > 0 && last) addInto(last, open);
  return rows;
}

/** One sequence: how many requests each arm got, and how many runs of equal arms there were. */
export interface RunCount {
  readonly counts: readonly number[];
  readonly runs: number;
}

export interface RunsTest {
  readonly z: number;
  /** Sum of the runs' variances over all sequences; the normal approximation wants it large. */
  readonly variance: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Wald-Wolfowitz runs test, pooled over sequences, for any number of arms (for two it is the textbook one). z far below
 * 0: equal answers come in a row; far above 0: they alternate more than chance would. Undefined without variance.
 */
export function runsTest(sequences: readonly RunCount[]): RunsTest | undefined {
  let excess = 0;
  let variance = 0;
  for (const { counts, runs } of sequences) {
    const n = counts.reduce((sum, count) => sum + count, 0);
    if (n < 2) continue;
    const squares = counts.reduce((sum, count) => sum + count ** 2, 0);
    const cubes = counts.reduce((sum, count) => sum + count ** 3, 0);
    excess += runs - (n * (n + 1) - squares) / n;
    variance += (squares * (squares + n * (n + 1)) - 2 * n * cubes - n ** 3) / (n ** 2 * (n - 1));
  }
  if (!(variance > 0)) return undefined;
  const z = excess / Math.sqrt(variance);
  return { z, variance, pValue: normalTwoSidedTail(z) };
}

/**
 * Exact test of how often one arm's hits stand together in one sequence: given `hits` and `misses`, the number of runs
 * of hits is hypergeometric, P(r) = C(hits-1, r-1) C(misses+1, r) / C(hits+misses, hits). `together` is the p-value for
 * too few runs (sticky, or a share that moved), `alternating` for too many (round robin).
 */
export function hitRunsPValues(
  hits: number,
  misses: number,
  hitRuns: number,
): { readonly together: number; readonly alternating: number } {
  if (hits === 0 || misses === 0) return { together: 1, alternating: 1 };
  const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const logAll = logChoose(hits + misses, hits);
  const point = (r: number) => Math.exp(logChoose(hits - 1, r - 1) + logChoose(misses + 1, r) - logAll);
  let together = 0;
  for (let r = hitRuns; r >= 1; r -= 1) {
    const p = point(r);
    together += p;
    if (p < 1e-20 && r < (hits * (misses + 1)) / (hits + misses)) break;
  }
  let alternating = 0;
  for (let r = hitRuns; r <= Math.min(hits, misses + 1); r += 1) {
    const p = point(r);
    alternating += p;
    if (p < 1e-20 && r > (hits * (misses + 1)) / (hits + misses)) break;
  }
  return { together: Math.min(1, together), alternating: Math.min(1, alternating) };
}

/**
 * Exact test of disjoint pairs of neighbouring requests of one group (first and second, third and fourth ...): given the
 * number of hits in all pairs, the number of mixed pairs has the distribution of heterozygotes in the exact
 * Hardy-Weinberg test, P(d) = pairs! / (a! d! b!) 2^d / C(2 pairs, hits). It needs no minimum per group, so it sees
 * sticky routing after a few requests per connection. `together`: too few mixed pairs; `alternating`: too many.
 */
export function pairsPValues(
  bothHit: number,
  mixed: number,
  bothMiss: number,
): { readonly together: number; readonly alternating: number } {
  const pairs = bothHit + mixed + bothMiss;
  const hits = 2 * bothHit + mixed;
  if (hits === 0 || hits === 2 * pairs) return { together: 1, alternating: 1 };
  const logFactorial = (n: number) => logGamma(n + 1);
  const head = logFactorial(pairs) + logFactorial(hits) + logFactorial(2 * pairs - hits) - logFactorial(2 * pairs);
  const point = (d: number) => {
    const a = (hits - d) / 2;
    return Math.exp(head + d * Math.LN2 - logFactorial(a) - logFactorial(d) - logFactorial(pairs - d - a));
  };
  let together = 0;
  for (let d = mixed; d >= 0; d -= 2) together += point(d);
  let alternating = 0;
  for (let d = mixed; d <= Math.min(hits, 2 * pairs - hits); d += 2) alternating += point(d);
  return { together: Math.min(1, together), alternating: Math.min(1, alternating) };
}
