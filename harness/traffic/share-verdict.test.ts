import { expect, test } from 'vitest';
import { createCoin } from '../stats/calibration-study.ts';
import { createRolloutStream } from './recorded-stream.ts';
import { judgeShares } from './share-verdict.ts';

/** A step that declares 5 % at the assurance that `init` drafts, and `really` got so much. */
function step(really: number) {
  const coin = createCoin(9);
  const stream = createRolloutStream();
  for (let sequence = 0; sequence < 3_000; sequence += 1) {
    const times = { startMs: 1_000 + sequence * 5, endMs: 1_004 + sequence * 5 };
    const version = coin.hit(really) ? 'v2' : 'v1';
    stream.add({ sequence, ...times, status: 200, errorCode: 0, vu: 1, identity: '' }, version);
  }
  return judgeShares(stream, {
    ...{ id: 's', claimId: 'c', title: 't', path: 'ingress', assurance: 'smoke', ratePerSecond: 200 },
    arms: [
      { name: 'v1', share: 0.95 },
      { name: 'v2', share: 0.05 },
    ],
    ...{ fromMs: 0, toMs: Number.POSITIVE_INFINITY, books: { outcome: 'passed', problems: [] } },
  });
}

test('a step of 5 % is judged within half of that, and nobody at all does not pass for it', () => {
  expect(step(0.05)).toMatchObject({ outcome: 'passed', margin: 0.025 });
  expect(step(0).outcome).toBe('failed');
  expect(step(0.1).outcome).toBe('failed');
});
