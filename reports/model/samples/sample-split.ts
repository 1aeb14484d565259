/**
 * Splits for tests, simulated rather than invented: a seeded Bernoulli stream is judged request by request with the
 * hybrid e-process and the pair of acceptance tests (Wald 1945; Ville 1939), so that every figure agrees with the rest.
 */
import betaln from '@stdlib/math-base-special-betaln';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { OutcomeReport, SplitReport } from '../run-report.ts';

const Z_99 = 2.575829303548901;

export interface SampleSplitOptions {
  readonly id: string;
  readonly claimId: string;
  readonly path: SplitReport['path'];
  readonly declaredShare: number;
  readonly trueShare: number;
  readonly startedAt: number;
  readonly requestsPerSecond: number;
  readonly seed: number;
}

const ALPHA = 1e-6;
const BETA = 1e-3;
const MARGIN = 0.02;
const CAP = 20_792;

export function sampleSplit(options: SampleSplitOptions): SplitReport {
  const { declaredShare: p0, startedAt, requestsPerSecond } = options;
  const random = xoroshiro128plus(options.seed);
  const failLogE = Math.log(1 / ALPHA);
  const acceptLogLambda = -Math.log(1 / BETA);
  const trajectory: SplitReport['trajectory'] = [];
  let canary = 0;
  let n = 0;
  let outcome: OutcomeReport = 'inconclusive';
  let acceptedHigh = false;
  let acceptedLow = false;
  while (n < CAP && outcome === 'inconclusive') {
    n += 1;
    if (uniformFloat64(random) < options.trueShare) canary += 1;
    const logLambdaHigh = logRatio(canary, n, p0, p0 + MARGIN);
    const logLambdaLow = logRatio(canary, n, p0, p0 - MARGIN);
    const logM = betaln(1 + canary, 1 + n - canary) - canary * Math.log(p0) - (n - canary) * Math.log(1 - p0);
    const logE = Math.log(0.5 * Math.exp(logM) + 0.25 * Math.exp(logLambdaHigh) + 0.25 * Math.exp(logLambdaLow));
    acceptedHigh ||= logLambdaHigh <= acceptLogLambda;
    acceptedLow ||= logLambdaLow <= acceptLogLambda;
    if (logE >= failLogE) outcome = 'failed';
    else if (acceptedHigh && acceptedLow) outcome = 'passed';
    if (n % 25 === 0 || n === CAP || outcome !== 'inconclusive')
      trajectory.push({ n, logE, logLambdaHigh, logLambdaLow });
  }
  // A side that was accepted at an earlier look stays excluded at the margin.
  const above = Math.min(acceptedHigh ? MARGIN : 1 - p0, excludedDrift(p0, canary, n));
  const below = Math.min(acceptedLow ? MARGIN : p0, excludedDrift(1 - p0, n - canary, n));
  const declared = [
    { name: 'v1', declaredShare: 1 - p0, count: n - canary },
    { name: 'v3', declaredShare: p0, count: canary },
  ];
  const observed = `${((100 * canary) / n).toFixed(2)} %`;
  return {
    id: options.id,
    claimId: options.claimId,
    title: `reviews ${Math.round(100 - p0 * 100)}/${Math.round(p0 * 100)}, ${options.path === 'mesh' ? 'in-mesh from productpage' : 'at the ingress gateway'}`,
    path: options.path,
    outcome,
    reason: { passed: 'within-margin', failed: 'e-value', inconclusive: 'cap-reached', invalid: 'books' }[outcome],
    sentence: `v3 answered ${observed} of ${n} requests; declared ${(p0 * 100).toFixed(0)} %, accepted within ±2 points.`,
    ...(outcome === 'failed' ? {} : { excludedDrift: Math.max(above, below) }),
    arms: declared.map((arm, index) => ({
      decided:
        outcome === 'failed'
          ? { test: 'refutation' as const, ...unrefuted(arm.count, n, arm.declaredShare), errorRate: ALPHA }
          : {
              test: 'acceptance' as const,
              low: arm.declaredShare - (index === 0 ? above : below),
              high: arm.declaredShare + (index === 0 ? below : above),
              errorRate: BETA,
            },
      ...arm,
      estimate: arm.count / n,
      interval: { ...wilson(arm.count, n), confidence: 0.99 },
      smallestDetectableDrift: (4.892 + 3.09) * Math.sqrt((p0 * (1 - p0)) / n),
    })),
    samples: n,
    unattributed: 0,
    errors: 0,
    alpha: ALPHA,
    beta: BETA,
    margin: MARGIN,
    cap: CAP,
    fixedSampleSize: 16_140,
    failLogE,
    acceptLogLambda,
    trajectory,
    guards: [
      {
        name: 'homogeneity over connections',
        outcome: 'passed',
        pValue: 0.41,
        sentence: 'X² = 19.7 on 19 degrees of freedom.',
      },
      {
        name: 'runs within a connection',
        outcome: 'passed',
        pValue: 0.77,
        sentence: 'z = 0.29: neither sticky nor round robin.',
      },
    ],
    startedAt,
    decidedAt: startedAt + Math.round((n / requestsPerSecond) * 1000),
    requestsPerSecond,
    latencyMs: { p50: 6.4, p95: 14.9, p99: 27.3, max: 88.1 },
  };
}

/** Wilson score interval at 99 %. */
export function wilson(count: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const estimate = count / n;
  const middle = estimate + (Z_99 * Z_99) / (2 * n);
  const half = Z_99 * Math.sqrt((estimate * (1 - estimate)) / n + (Z_99 * Z_99) / (4 * n * n));
  const scale = 1 + (Z_99 * Z_99) / n;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

function logRatio(successes: number, n: number, p0: number, p1: number): number {
  return successes * Math.log(p1 / p0) + (n - successes) * Math.log((1 - p1) / (1 - p0));
}

/** Smallest drift above p0 that this look excludes at BETA: the acceptance test inverted, by halving. */
function excludedDrift(p0: number, successes: number, n: number): number {
  return halved(1 - p0, 0, (drift) => logRatio(successes, n, p0, p0 + drift) <= Math.log(BETA));
}

/** Shares whose mixture e-value stays below half of 1/ALPHA, which is when the hybrid one may; enough for a picture. */
function unrefuted(count: number, n: number, declaredShare: number): { low: number; high: number } {
  const estimate = count / n;
  const out = (q: number) =>
    betaln(1 + count, 1 + n - count) - count * Math.log(q) - (n - count) * Math.log(1 - q) >= Math.log(2 / ALPHA);
  const range = { low: halved(1e-9, estimate, out), high: halved(1 - 1e-9, estimate, out) };
  const inside = range.low <= declaredShare && declaredShare <= range.high;
  const middle = (declaredShare + estimate) / 2;
  if (!inside) return range;
  return estimate > declaredShare ? { ...range, low: middle } : { ...range, high: middle };
}

function halved(outside: number, inside: number, excluded: (value: number) => boolean): number {
  let [far, near] = [outside, inside];
  for (let step = 0; step < 40; step += 1) {
    const middle = (far + near) / 2;
    if (excluded(middle)) far = middle;
    else near = middle;
  }
  return far;
}
