/**
 * Poisson arrivals out of evenly spaced iterations: iteration i sends K ~ Poisson(1) requests at sorted uniform moments of
 * its own slot 1/rate. Counts in disjoint slots are independent, so this is an exact Poisson process, and every number is
 * a hash of (seed, i, k): the same on every generator, whatever ran before.
 *
 * Both sides use it: k6 to send, the harness to know how many were due.
 */
/** P(K <= k) of Poisson(1); beyond the last the probability is under 1e-13. */
const CUMULATIVE: readonly number[] = cumulative(15);

function cumulative(most: number): readonly number[] {
  const values: number[] = [];
  let point = Math.exp(-1);
  let sum = 0;
  for (let k = 0; k <= most; k += 1) {
    sum += point;
    values.push(sum);
    point /= k + 1;
  }
  return values;
}

/** How many requests iteration `index` sends. */
export function slotCount(seed: number, index: number): number {
  const u = slotUniform(seed, index, 0);
  let k = 0;
  while (k < CUMULATIVE.length - 1 && u >= CUMULATIVE[k]!) k += 1;
  return k;
}

/** When, as shares of the slot, ascending. */
export function slotOffsets(seed: number, index: number, count: number): number[] {
  const offsets: number[] = [];
  for (let k = 0; k < count; k += 1) offsets.push(slotUniform(seed, index, k + 1));
  return count > 1 ? offsets.sort((a, b) => a - b) : offsets;
}

/** 0 to below 1, with a resolution of 2^-32: two rounds of MurmurHash3's finaliser over the three whole numbers. */
function slotUniform(seed: number, index: number, k: number): number {
  const low = index | 0;
  const high = Math.floor(index / 4294967296) | 0;
  const first = mixed((seed | 0) ^ Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x27d4eb2f));
  return mixed((first + Math.imul(k + 1, 0x85ebca6b)) | 0) / 4294967296;
}

function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
