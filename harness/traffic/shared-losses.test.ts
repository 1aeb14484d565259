import { expect, test } from 'vitest';
import type { BooksReport } from '../../reports/model/run-report.ts';
import type { UnhealthyInterval } from '../verdict/environment-health.ts';
import { createRolloutStream } from './recorded-stream.ts';
import { LOSSES_SHARED, lossesIn, withSharedLosses } from './shared-losses.ts';

const BOOKS = { outcome: 'passed', problems: [] as string[] } as BooksReport;
const STALL: UnhealthyInterval = { fromMs: 10_000, toMs: 20_000, why: 'a control request got no answer for 5.0 s' };

function streamOf(losses: readonly (readonly [startMs: number, lastsMs: number])[]) {
  const stream = createRolloutStream();
  const times = { errorCode: 0, vu: 1, identity: '' };
  stream.add({ ...times, sequence: 0, startMs: 0, endMs: 4, status: 200 }, 'v1');
  for (const [i, [startMs, lastsMs]] of losses.entries())
    stream.add({ ...times, sequence: i + 1, startMs, endMs: startMs + lastsMs, status: 0 }, null);
  stream.sort();
  return stream;
}

test('losses that the control shares make the books bad', () => {
  const books = withSharedLosses(
    BOOKS,
    lossesIn(
      streamOf([
        [9_000, 5_000],
        [19_000, 5_000],
      ]),
    ),
    [STALL],
  );
  expect(books.outcome).toBe('invalid');
  expect(books.problemCodes).toEqual([LOSSES_SHARED]);
  expect(books.problems).toEqual([expect.stringContaining('all 2 lost requests')]);
});

test.each([
  [
    'one loss that it does not share',
    streamOf([
      [12_000, 5_000],
      [40_000, 3],
    ]),
    [STALL],
  ],
  ['nothing lost', streamOf([]), [STALL]],
  ['an environment that answered throughout', streamOf([[12_000, 5_000]]), []],
])('the books stand with %s', (_, stream, intervals) => {
  expect(withSharedLosses(BOOKS, lossesIn(stream), intervals)).toBe(BOOKS);
});
