/** Negative controls: procedures known to be wrong. A calibration that does not see them break is blind. */
import { clusteredHits } from './calibration-dependence.ts';
import { runSplitTest } from './calibration-sequential.ts';
import type { Coin, Study } from './calibration-study.ts';
import { binomialTwoSidedPValue } from './proportion.ts';
import { normalQuantile } from './special-functions.ts';

/** A fixed-n chi-square test at level alpha, looked at every 20 requests until it rejects. */
function peekingAlarm(coin: Coin, n: number, alpha: number): boolean {
  const critical = normalQuantile(1 - alpha / 2) ** 2;
  let hits = 0;
  for (let i = 1; i <= n; i += 1) {
    if (coin.hit(0.1)) hits += 1;
    // X2 of two arms: (hits - n p)^2 / (n p q).
    if (i >= 100 && i % 20 === 0 && (hits - i * 0.1) ** 2 / (i * 0.09) >= critical) return true;
  }
  return false;
}

/** The exact binomial test on single requests of a sticky split. */
function stickyAlarm(coin: Coin, correlation: number, alpha: number): boolean {
  const hits = clusteredHits(coin, 100, 50, 0.1, correlation).reduce((sum, count) => sum + count, 0);
  return binomialTwoSidedPValue(hits, 5000, 0.1) < alpha;
}

/**
 * The right test on the wrong order: the canary answers `delay` requests later than stable. In order of completion the
 * first requests all look stable; in start order the same stream is judged rightly.
 */
function slowCanaryAlarm(coin: Coin, delay: number, order: 'completion' | 'start'): boolean {
  const slow: boolean[] = [];
  let next = 0;
  const inCompletionOrder = () => {
    for (;;) {
      if (slow.length > delay && slow.shift() === true) return true;
      const hit = coin.hit(0.1);
      next += 1;
      slow.push(hit);
      if (!hit) return false;
    }
  };
  const stream: Coin = order === 'start' ? coin : { hit: inCompletionOrder, below: (n) => next % n };
  return runSplitTest(stream, 0.1, { alpha: 0.01, beta: 0.01, fail: 'hybrid' }) === 'failed';
}

export function negativeControls(scale: number): readonly Study[] {
  const runs = Math.round(1000 * scale);
  return [
    {
      name: 'chi-square at 1 %, peeked at every 20 requests up to 5,000: failed',
      nominal: 0.01,
      kind: 'control',
      runs,
      errs: (coin) => peekingAlarm(coin, 5000, 0.01),
    },
    {
      name: 'exact test on sticky requests (ρ=0.2, 100×50), no guard: failed',
      nominal: 0.001,
      kind: 'control',
      runs,
      errs: (coin) => stickyAlarm(coin, 0.2, 0.001),
    },
    {
      name: 'hybrid test in order of completion, canary 300 requests late: failed',
      nominal: 0.01,
      kind: 'control',
      runs,
      errs: (coin) => slowCanaryAlarm(coin, 300, 'completion'),
    },
    {
      name: 'the same slow canary in start order: failed',
      nominal: 0.01,
      kind: 'guard',
      runs,
      errs: (coin) => slowCanaryAlarm(coin, 300, 'start'),
    },
  ];
}
