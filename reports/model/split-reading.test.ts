import { expect, test } from 'vitest';
import { nothingObserved } from './samples/hostile-report.ts';
import { sampleReport } from './samples/sample-report.ts';
import { canaryArm, readEvidence, splitLine, thinTrajectory } from './split-reading.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

test('one line says declared, observed, n and evidence', () => {
  const split = sampleReport('failed').splits[1];
  if (split === undefined) throw new Error('the sample has two splits');
  const n = String(split.samples).replace(/\B(?=(\d{3})+$)/g, ' ');
  expect(plain(splitLine(split))).toMatch(
    new RegExp(
      `^v3: Declared 10 % · Observed 1\\d\\.\\d % \\[\\d+\\.\\d+, \\d+\\.\\d\\] % · n ${n} · evidence against 1[34]\\.\\d/13\\.8, for −?\\d+\\.\\d/6\\.9$`,
    ),
  );
});

test('without requests the line does not pretend', () => {
  const [split] = nothingObserved('inconclusive').splits;
  if (split === undefined) throw new Error('the sample has splits');
  expect(plain(splitLine(split))).toBe('Nothing observed · n 0 · no-requests');
  expect(readEvidence(split)).toBeUndefined();
});

test('the canary is the arm with the least declared share', () => {
  const [split] = sampleReport('passed').splits;
  if (split === undefined) throw new Error('the sample has splits');
  expect(canaryArm(split)?.name).toBe('v3');
  expect(canaryArm({ ...split, arms: [] })).toBeUndefined();
});

test('a thinned trajectory keeps its ends and its highest evidence', () => {
  const points = Array.from({ length: 5000 }, (_, n) => ({
    n,
    logE: n === 3333 ? 99 : -1,
    logLambdaHigh: 0,
    logLambdaLow: 0,
  }));
  const thin = thinTrajectory(points, 100);
  expect(thin.length).toBeLessThanOrEqual(102);
  expect(thin[0]).toBe(points[0]);
  expect(thin.at(-1)).toBe(points.at(-1));
  expect(thin).toContain(points[3333]);
});
