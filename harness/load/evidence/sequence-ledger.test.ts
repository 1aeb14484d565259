import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceLedger } from './sequence-ledger.ts';

describe('SequenceLedger', () => {
  it('agrees with a set, in any order and with repeats', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(200), fc.nat(1_000_000)), { maxLength: 300 }), (numbers) => {
        const ledger = new SequenceLedger();
        const set = new Set<number>();
        for (const number of numbers) {
          expect(ledger.add(number)).toBe(!set.has(number));
          set.add(number);
        }
        expect(ledger.count).toBe(set.size);
        expect(ledger.highest).toBe(Math.max(-1, ...set));
      }),
    );
  });

  it('refuses a number that would take half a gigabyte', () => {
    const ledger = new SequenceLedger();
    expect(ledger.add(2 ** 32)).toBe(false);
    expect(ledger.count).toBe(0);
  });
});
