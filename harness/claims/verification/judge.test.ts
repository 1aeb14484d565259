import { expect, test } from 'vitest';
import type { RunReport } from '../../../reports/model/run-report.ts';
import { createRolloutStream } from '../../traffic/recorded-stream.ts';
import type { VerificationClaim } from './declaration.ts';
import { baselinePart, latencyPart, successPart } from './judge.ts';

const OBJECTIVES = { successShare: 0.99, quantile: 0.95, limitMs: 500 };
const CLAIM = { id: 'shop/verification', objectives: OBJECTIVES, baseline: { slowerBy: 0.5 } } as VerificationClaim;

function streamOf(good: number, bad: number) {
  const stream = createRolloutStream();
  for (let n = 0; n < good + bad; n += 1)
    stream.add(
      { sequence: n, startMs: n, endMs: n + 1, status: n < good ? 200 : 503, identity: '' } as Parameters<
        typeof stream.add
      >[0],
      'v1',
    );
  return stream;
}

test.each([
  [2000, 0, 'passed'],
  [2000, 100, 'failed'],
  // 99.5 % of 400 may be below 99 %: the interval says so
  [398, 2, 'inconclusive'],
  [0, 0, 'inconclusive'],
])('success of %i good and %i bad answers is %s', (good, bad, outcome) => {
  expect(successPart(streamOf(good, bad), OBJECTIVES.successShare).outcome).toBe(outcome);
});

test.each([
  [{ n: 900, ms: 40, low: 38, high: 44 }, 'passed'],
  [{ n: 900, ms: 490, low: 480, high: 510 }, 'inconclusive'],
  [{ n: 900, ms: 700, low: 650, high: 800 }, 'failed'],
  [{ n: 0, ms: Number.NaN, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }, 'inconclusive'],
])('latency %o is %s', (latency, outcome) => {
  expect(latencyPart(latency, OBJECTIVES).outcome).toBe(outcome);
});

function before(ms: number, high: number): RunReport {
  const points = [{ quantile: 0.95, ms, low: ms - 2, high }];
  const percentiles = [
    { title: 'Latency by quantile, shop/verification', limits: [], tracks: [{ track: 'stable', n: 900, points }] },
  ];
  return { run: { id: 'earlier' }, percentiles } as unknown as RunReport;
}

test('slower than the run before by more than is allowed, chance aside, is a failure', () => {
  const latency = { n: 900, ms: 40, low: 38, high: 44 };
  expect(baselinePart(CLAIM, latency, undefined)).toMatchObject({
    outcome: 'passed',
    value: expect.stringMatching(/no earlier run in which it passed/),
  });
  expect(baselinePart(CLAIM, latency, before(30, 32))).toMatchObject({ outcome: 'passed' });
  expect(baselinePart(CLAIM, latency, before(20, 22))).toMatchObject({
    outcome: 'failed',
    value: expect.stringMatching(/50 % slower/),
  });
});
