/**
 * The table of assurance levels that README publishes, held against what the judge does. Nothing here repeats a constant
 * of the code: each promise is derived from the published figures and from the probability of the requests themselves.
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { fewOf } from '../testkit/runner/thorough.ts';
import { ASSURANCE, createSplitJudge } from './split-judge.ts';

type Level = keyof typeof ASSURANCE;

/** `| `smoke` | ±5 points | 0.001 | 0.001 |` */
const ROW = /^\| `(\w+)` \| ±([\d.]+) points? \| ([\d.]+) \| ([\d.]+) \|$/gm;
const readme = readFileSync(path.join(packageRoot(), 'README.md'), 'utf8');
const PUBLISHED = [...readme.matchAll(ROW)].map(([, level = '', points, alpha, beta]) => ({
  level: level as Level,
  margin: Number(points) / 100,
  alpha: Number(alpha),
  beta: Number(beta),
}));

const LOOK_EVERY = 20;

function judgeOf(level: Level, share: number, lookEvery: number) {
  const arms = [
    { name: 'stable', share: 1 - share },
    { name: 'canary', share },
  ];
  return createSplitJudge({ arms, ...ASSURANCE[level], lookEvery });
}

/** Independent draws of a fixed seed (Park and Miller's minimal standard generator). */
function drawn(share: number, seed: number): () => boolean {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 < share;
  };
}

test('every level of the code is published, and no other', () => {
  expect(PUBLISHED.map(({ level }) => level).sort()).toEqual(Object.keys(ASSURANCE).sort());
});

describe.each(PUBLISHED)('$level', ({ level, margin, alpha, beta }) => {
  /**
   * Were the split as declared, requests would all go to one arm with probability share^n. If the judge fails them after
   * n, it fails a right split at least that often, so that probability must not exceed the promised α.
   */
  test.each([0.5, 0.3, 0.2])('a right split (share %f) is not failed more often than α', (share) => {
    const judge = judgeOf(level, share, 1);
    let n = 0;
    while (judge.progress.logE < judge.progress.failLogE) {
      judge.observe('canary', `client${n}`);
      n += 1;
    }
    expect(n * Math.log(share)).toBeLessThanOrEqual(Math.log(alpha));
  });

  /**
   * Wald (1945): a test that accepts only where the likelihood of a wrong share is at most β times that of the right one
   * accepts under the wrong share at most β times as often. So before a pass the ratio must have been that small, for a
   * share that is off by the published margin on either side; however often the judge looks, here as often as in a run.
   */
  test.each(fewOf(3, [1, 2, 3]))(
    'a split that is off by the margin is not passed more often than β (stream %i)',
    (seed) => {
      const share = 0.1;
      const judge = judgeOf(level, share, LOOK_EVERY);
      const hit = drawn(share, seed);
      const wrong = [share + margin, share - margin];
      const ratios = wrong.map(() => 0);
      const least = wrong.map(() => 0);
      let decision: ReturnType<typeof judge.observe>;
      for (let n = 0; decision === undefined; n += 1) {
        const canary = hit();
        wrong.forEach((other, side) => {
          ratios[side]! += Math.log(canary ? other / share : (1 - other) / (1 - share));
          least[side] = Math.min(least[side]!, ratios[side]!);
        });
        decision = judge.observe(canary ? 'canary' : 'stable', `client${n}`);
      }
      expect(decision.outcome).toBe('passed');
      for (const ratio of least) expect(ratio).toBeLessThanOrEqual(Math.log(beta));
    },
  );
});
