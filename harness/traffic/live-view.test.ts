import { expect, test } from 'vitest';
import { ASSURANCE, createSplitJudge } from '../verdict/split-judge.ts';
import { formatLive, groupThousands } from './live-view.ts';

const ARMS = [
  { name: 'v1', share: 0.9 },
  { name: 'v2', share: 0.1 },
];

function after(n: number, every: number): string {
  const judge = createSplitJudge({ arms: ARMS, ...ASSURANCE.default, lookEvery: 20 });
  for (let request = 0; request < n; request += 1) judge.observe(request % every === 0 ? 'v2' : 'v1', 'one');
  return formatLive(ARMS[1]!, judge.progress);
}

test('before the first answer', () => {
  expect(after(0, 10)).toBe('Declared 10 % · waiting for answers');
});

test('on the way to a pass: the needed evidence is ln(1/beta)', () => {
  expect(after(1200, 10)).toMatch(
    /^Declared 10 % · Observed 10\.0 % \[\d+\.\d, \d+\.\d\] · n 1 200 · evidence \d\.\d\/6\.9$/,
  );
});

test('on the way to a fail: the needed evidence is ln(1/alpha)', () => {
  expect(after(60, 3)).toMatch(/evidence \d+\.\d\/13\.8$/);
});

test('thousands', () => {
  expect([0, 999, 1000, 18_204, 1_234_567].map(groupThousands)).toEqual(['0', '999', '1 000', '18 204', '1 234 567']);
});
