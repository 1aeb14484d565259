import { expect, test } from 'vitest';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import { badAnswers, judgeAnswers } from './bad-answers.ts';

const OBJECTIVE = { objectiveShare: 0.05, limitMs: 500, text: '95% under 500ms' } as never;
const PEAK = { objectiveShare: 0.05, ratePerSecond: 60 };

/** One request every second of the first ten, `bad` of them refused. */
function streamOf(bad: number) {
  const stream = createRolloutStream();
  for (let sequence = 0; sequence < 10; sequence += 1) {
    const startMs = sequence * 1_000;
    const status = sequence < bad ? 503 : 200;
    stream.add({ sequence, startMs, endMs: startMs + 4, status, identity: '', errorCode: 0, vu: 1 }, 'v1');
  }
  return stream;
}

test('counts those that began in the stretch, its end excluded, and when the last bad one did', () => {
  expect(badAnswers(streamOf(4), OBJECTIVE, { fromMs: 2_000, toMs: 5_000 })).toEqual({
    ...{ requests: 3, bad: 2, share: 2 / 3, lastBadMs: 3_000, lastsMs: 3_000 },
  });
});

test.each([
  ['as many as the peak has, all good', [600, 0], [3_600, 180], 'passed'],
  ['one more bad than is allowed after it', [600, 0], [3_600, 181], 'failed'],
  ['one more bad than is allowed before it', [600, 31], [3_600, 0], 'failed'],
  ['nobody asked after it', [600, 0], [0, 0], 'inconclusive'],
  ['nobody asked before it', [0, 0], [3_600, 0], 'inconclusive'],
  ['hardly anybody asked after it', [600, 0], [1_800, 0], 'inconclusive'],
  ['hardly anybody asked, and they were refused', [600, 0], [1_800, 900], 'failed'],
])('%s', (_, before, after, outcome) => {
  const stretch = ([requests = 0, bad = 0]: readonly number[], lastsMs: number) => ({
    ...{ requests, bad, share: requests === 0 ? 0 : bad / requests, lastBadMs: undefined, lastsMs },
  });
  expect(judgeAnswers([stretch(before, 10_000), stretch(after, 60_000)], PEAK)).toBe(outcome);
});
