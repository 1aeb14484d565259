import { describe, expect, it } from 'vitest';
import { type BooksInput, judgeBooks } from './books.ts';

const balanced: BooksInput = {
  sent: 1000,
  answeredByArm: [
    { arm: 'v1', count: 890 },
    { arm: 'v2', count: 98 },
  ],
  errors: 10,
  unattributed: 0,
  interrupted: 2,
  received: 998,
  droppedIterations: 0,
  vusMax: 12,
  vusAllocated: 50,
  offeredPerSecond: 1000,
  achievedPerSecond: 999,
  generatorCpuShare: 0.4,
  duplicates: 0,
  gaps: 2,
  clockWentBackwards: 0,
};

describe('books', () => {
  it('balance, with errors and with requests cut off by the verdict', () => {
    expect(judgeBooks(balanced)).toEqual({ outcome: 'passed', problems: [], codes: [] });
    expect(judgeBooks({ ...balanced, sent: 998 }).outcome).toBe('passed');
    // What cannot be told from start-up and delivery is no offset.
    expect(judgeBooks({ ...balanced, clockOffsetMs: { atLeast: -300, atMost: 4000 } }).outcome).toBe('passed');
    expect(judgeBooks({ ...balanced, generatorCpuShare: 1.3, generatorCores: 2 }).outcome).toBe('passed');
  });

  it.each([
    [
      'half of the samples lost',
      { received: 499, answeredByArm: [{ arm: 'v1', count: 489 }] },
      '499 lost on the way',
      'samples-lost',
    ],
    [
      'counted twice',
      { received: 1996, answeredByArm: [{ arm: 'v1', count: 1986 }] },
      'only 1,000 sent',
      'counted-twice',
    ],
    [
      'lost inside the harness',
      { received: 999 },
      '999 requests reached the harness but 998 are booked',
      'booked-differs-from-received',
    ],
    ['an unsigned answer', { unattributed: 1, errors: 9 }, '--identify', 'unattributed'],
    [
      'dropped iterations',
      { droppedIterations: 7, vusMax: 50 },
      '7 iterations dropped with 50 of 50 virtual users',
      'dropped-iterations',
    ],
    ['a saturated generator', { generatorCpuShare: 0.7 }, 'limit 70 %', 'generator-saturated'],
    ['a CPU share nobody measured', { generatorCpuShare: Number.NaN }, 'limit 70 %', 'generator-saturated'],
    ['a rate not reached', { achievedPerSecond: 500 }, '500.0 of 1000.0 offered', 'rate-not-reached'],
    ['duplicates', { duplicates: 3 }, '3 requests came twice', 'duplicates'],
    ['gaps beyond the interrupted', { gaps: 3 }, '3 requests missing from the start order', 'gaps'],
    ['a clock that ran backwards', { clockWentBackwards: 1 }, 'clock that ran backwards', 'clock-backwards'],
    ['a damaged count', { errors: -1 }, 'negative or not whole', 'counts-damaged'],
    ['samples that can no longer come', { lostForCertain: 1 }, 'missing from the start order', 'gaps'],
    [
      'a clock an hour ahead',
      { clockOffsetMs: { atLeast: 3_600_000, atMost: 3_600_900 } },
      '3600.0 s ahead',
      'clock-offset',
    ],
    ['a clock behind', { clockOffsetMs: { atLeast: -9000, atMost: -4000 } }, '4.0 s behind', 'clock-offset'],
  ] satisfies [string, Partial<BooksInput>, string, string][])('are invalid with %s', (_, change, text, code) => {
    const verdict = judgeBooks({ ...balanced, ...change });
    expect(verdict.outcome).toBe('invalid');
    expect(verdict.codes).toEqual([code]);
    expect(verdict.problems).toHaveLength(1);
    expect(verdict.problems[0]).toContain(text);
  });
});

it.each(['droppedIterations', 'duplicates', 'gaps', 'clockWentBackwards', 'lostForCertain'] as const)(
  'books whose %s is no number are damaged, as those of requests are',
  (field) => {
    for (const count of [Number.NaN, -1, 0.5])
      expect(judgeBooks({ ...balanced, [field]: count }).codes, `${count}`).toContain('counts-damaged');
  },
);

describe('joins with the logs of proxies', () => {
  const whole = { answered: 988, joined: 988, byCallerAlone: 3, ambiguous: 0, contradicted: 0, late: 0 };

  it('are sound when each answer has its receiver', () =>
    expect(judgeBooks({ ...balanced, joins: whole })).toEqual({ outcome: 'passed', problems: [], codes: [] }));

  it.each([
    ['one line lost', { joined: 987 }, 1, '1 request of 988 answered without a line', ['joins-incomplete']],
    ['lines that came too late', { joined: 986, late: 2 }, 2, '2 had lines that came too late', ['joins-incomplete']],
    ['several receivers', { joined: 987, ambiguous: 1 }, 1, '1 named several receivers', ['joins-incomplete']],
    ['named anew', { contradicted: 1 }, 0, '1 request named one receiver', ['joins-contradicted']],
    ['no line at all', { joined: 0 }, 988, '988 requests of 988', ['joins-incomplete']],
  ])('%s: invalid', (_, change, unattributed, sentence, codes) => {
    const answeredByArm = [{ arm: 'v1', count: 988 - unattributed }];
    const verdict = judgeBooks({ ...balanced, answeredByArm, unattributed, joins: { ...whole, ...change } });
    expect(verdict).toMatchObject({ outcome: 'invalid', codes });
    expect(verdict.problems.join()).toContain(sentence);
  });

  it('do not explain answers that are unattributed for another reason', () => {
    const verdict = judgeBooks({ ...balanced, unattributed: 2, errors: 8, joins: { ...whole, joined: 987 } });
    expect(verdict.codes).toEqual(['unattributed', 'joins-incomplete']);
  });
});
