/** Calibration of the sequential tests: false alarms, misses, and coverage of the confidence sequence at every n at once. */
import type { Coin, Study } from './calibration-study.ts';
import { ratioIncrements, requestCap } from './likelihood-ratio-pair.ts';

const SHARE = 0.1;
const MARGIN = 0.02;

interface Rule {
  readonly alpha: number;
  readonly beta: number;
  /** Whether a fail needs the hybrid e-value (the default) or either ratio alone. */
  readonly fail: 'hybrid' | 'pair';
}

/**
 * One run of the test of 90/10 within two points, looking after every request, on a stream with the true share. All
 * ratios are updated from request to request, which makes a look cost two additions.
 */
export function runSplitTest(coin: Coin, truth: number, rule: Rule): 'passed' | 'failed' | 'undecided' {
  const step = ratioIncrements(SHARE, MARGIN);
  const cap = requestCap(SHARE, MARGIN, rule.beta);
  const failAt = rule.fail === 'pair' ? Math.log(2 / rule.alpha) : Math.log(1 / rule.alpha);
  const acceptAt = -Math.log(1 / rule.beta);
  let [high, low, logMixture] = [0, 0, 0];
  let [hits, misses] = [0, 0];
  let [highAccepted, lowAccepted] = [false, false];
  for (let n = 1; n <= cap; n += 1) {
    // Predictive form of the flat Beta mixture: (count + 1) / (n + 1) over the declared share.
    if (coin.hit(truth)) {
      high += step.highHit;
      low += step.lowHit;
      hits += 1;
      logMixture += Math.log(hits / ((n + 1) * SHARE));
    } else {
      high += step.highMiss;
      low += step.lowMiss;
      misses += 1;
      logMixture += Math.log(misses / ((n + 1) * (1 - SHARE)));
    }
    const evidence =
      rule.fail === 'pair'
        ? Math.max(high, low)
        : // The exact average is needed only where its largest part comes near the threshold.
          Math.max(high, low, logMixture) < failAt - 0.1
          ? Number.NEGATIVE_INFINITY
          : Math.log(Math.exp(logMixture) / 2 + Math.exp(high) / 4 + Math.exp(low) / 4);
    if (evidence >= failAt) return 'failed';
    highAccepted ||= high <= acceptAt;
    lowAccepted ||= low <= acceptAt;
    if (highAccepted && lowAccepted) return 'passed';
  }
  return 'undecided';
}

/** Whether the flat confidence sequence ever excludes the truth within `n` requests. */
function sequenceMisses(coin: Coin, truth: number, n: number, alpha: number): boolean {
  const limit = Math.log(1 / alpha);
  let logMixture = 0;
  let hits = 0;
  for (let i = 1; i <= n; i += 1) {
    if (coin.hit(truth)) {
      hits += 1;
      logMixture += Math.log(hits / ((i + 1) * truth));
    } else logMixture += Math.log((i - hits) / ((i + 1) * (1 - truth)));
    if (logMixture >= limit) return true;
  }
  return false;
}

/** Whether the three-arm hybrid e-value ever reaches 1/alpha within `n` requests split exactly as declared. */
function threeArmAlarm(coin: Coin, n: number, alpha: number): boolean {
  const shares = [0.6, 0.3, 0.1];
  const steps = shares.map((share) => ratioIncrements(share, 0.05));
  const counts = [0, 0, 0];
  const high = [0, 0, 0];
  const low = [0, 0, 0];
  let logMixture = 0;
  for (let i = 1; i <= n; i += 1) {
    const arm = coin.hit(0.6) ? 0 : coin.hit(0.75) ? 1 : 2;
    counts[arm]! += 1;
    logMixture += Math.log(counts[arm]! / ((i + 2) * shares[arm]!));
    let sum = Math.exp(logMixture) / 2;
    steps.forEach((step, a) => {
      high[a]! += a === arm ? step.highHit : step.highMiss;
      low[a]! += a === arm ? step.lowHit : step.lowMiss;
      sum += (Math.exp(high[a]!) + Math.exp(low[a]!)) / 12;
    });
    if (sum >= 1 / alpha) return true;
  }
  return false;
}

/** `scale` multiplies the number of runs: 1 is 10,000 runs per study of the main test. */
export function sequentialStudies(scale: number): readonly Study[] {
  const runs = 10_000 * scale;
  const study = (name: string, nominal: number, errs: Study['errs'], part = 1): Study => ({
    name,
    nominal,
    kind: 'guard',
    runs: Math.round(runs * part),
    errs,
  });
  const outcome = (truth: number, rule: Rule, error: string) => (coin: Coin) =>
    runSplitTest(coin, truth, rule) === error;
  const at = (rate: number, fail: Rule['fail']): Rule => ({ alpha: rate, beta: rate, fail });
  return [
    study('hybrid test, 90/10 exact: failed', 0.01, outcome(0.1, at(0.01, 'hybrid'), 'failed')),
    study('hybrid test, 90/10 exact: failed', 0.001, outcome(0.1, at(0.001, 'hybrid'), 'failed')),
    study('ratio pair, 90/10 exact: failed', 0.01, outcome(0.1, at(0.01, 'pair'), 'failed')),
    study('ratio pair, 90/10 exact: failed', 0.001, outcome(0.1, at(0.001, 'pair'), 'failed')),
    study('hybrid test, really 88/12: passed', 0.01, outcome(0.12, at(0.01, 'hybrid'), 'passed')),
    study('hybrid test, really 92/8: passed', 0.01, outcome(0.08, at(0.01, 'hybrid'), 'passed')),
    study('hybrid test, really 88/12: passed', 0.001, outcome(0.12, at(0.001, 'hybrid'), 'passed')),
    study('hybrid test, really 92/8: passed', 0.001, outcome(0.08, at(0.001, 'hybrid'), 'passed')),
    study('three arms 60/30/10 exact: failed', 0.01, (coin) => threeArmAlarm(coin, 2000, 0.01), 0.2),
    study('confidence sequence misses 10 % at some n ≤ 5,000', 0.01, (c) => sequenceMisses(c, 0.1, 5000, 0.01), 0.5),
    study('confidence sequence misses 50 % at some n ≤ 5,000', 0.01, (c) => sequenceMisses(c, 0.5, 5000, 0.01), 0.5),
  ];
}
