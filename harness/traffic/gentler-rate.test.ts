import { expect, test } from 'vitest';
import { runGently, type SeenLoad } from './gentler-rate.ts';

/** Dropped iterations at 100/s, of which 80/s were sent. */
const TOO_FAST = {
  books: {
    ...{ id: 'load', outcome: 'invalid', problems: ['dropped'], problemCodes: ['dropped-iterations'] },
    generator: { achievedPerSecond: 80, offeredPerSecond: 100 },
  },
  split: { outcome: 'invalid', reason: 'books' },
} as unknown as SeenLoad;

async function rates(signal: AbortSignal, meanwhile = () => {}) {
  const asked: (number | undefined)[] = [];
  const { tooFast } = await runGently(
    async (gentler) => {
      asked.push(gentler);
      meanwhile();
      return TOO_FAST;
    },
    (seen) => seen,
    signal,
  );
  return { asked, tooFast };
}

test('a load that was too fast is run once more at half of what was achieved', async () => {
  const { asked, tooFast } = await rates(new AbortController().signal);
  expect(asked).toEqual([undefined, 40]);
  expect(tooFast).toMatchObject({ outcome: 'invalid', repeatedAs: 'load' });
});

test('the load of a run that is over is not', async () => {
  const over = new AbortController();
  const { asked, tooFast } = await rates(over.signal, () => over.abort());
  expect(asked).toEqual([undefined]);
  expect(tooFast).toBeUndefined();
});
