/** What clients got in a stretch of time, held against a share that they should have got. Pure. */
import { confidenceSequence } from '../../stats/mixture-e-process.ts';
import type { ClientsOf } from './rollout-evidence.ts';

/** P(a stretch is called wrong | it is right) is at most this. */
const FALSE_BLAME = 1e-6;
/** Nobody is blamed for less, in shares: one request on the other side of a change is no other weight. */
const LEAST_EFFECT = 0.01;

export interface Got {
  readonly path: ClientsOf['path'];
  readonly n: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** The first path whose clients cannot have had this share of the version; answers that nobody signed do not count. */
export function gotOtherwise(
  clients: readonly ClientsOf[],
  version: string,
  expected: number,
  fromMs: number,
  toMs: number,
): Got | undefined {
  for (const { path, stream } of clients) {
    let n = 0;
    let hits = 0;
    for (const entry of stream.entries()) {
      if (entry.version === null || entry.startMs < fromMs || entry.startMs >= toMs) continue;
      n += 1;
      if (entry.version === version) hits += 1;
    }
    const { low, high } = confidenceSequence(hits, n, 1 - FALSE_BLAME);
    const share = n === 0 ? expected : hits / n;
    if ((low > expected || high < expected) && Math.abs(share - expected) >= LEAST_EFFECT)
      return { path, n, share, low, high };
  }
  return undefined;
}
