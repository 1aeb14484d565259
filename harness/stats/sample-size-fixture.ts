/** What sample-size.test.ts asks of a few sizes, and sample-size.thorough.test.ts of more. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { binomialLowerTail, binomialUpperTail } from './proportion.ts';
import { equivalenceRegion, fixedSampleSize } from './sample-size.ts';

export function everySizeIsTheSmallest(numRuns: number): void {
  fc.assert(
    fc.property(
      fc.double({ min: 0.08, max: 0.92, noNaN: true }),
      fc.double({ min: 0.04, max: 0.075, noNaN: true }),
      fc.constantFrom(1e-2, 1e-3),
      fc.constantFrom(1e-2, 1e-3),
      (share, margin, alpha, beta) => {
        const size = { share, margin, alpha, beta };
        const found = fixedSampleSize(size);
        const meets = (n: number) => {
          const { lowest, highest } = equivalenceRegion(n, size);
          const tails = binomialLowerTail(lowest - 1, n, share) + binomialUpperTail(highest + 1, n, share);
          return lowest <= highest && tails <= alpha;
        };
        expect(meets(found)).toBe(true);
        for (let n = 1; n < found; n += 1) expect(meets(n)).toBe(false);
      },
    ),
    { seed: 6, numRuns },
  );
}
