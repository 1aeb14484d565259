/** A simulation with everything that a page can show. */
import type { PolicyFigures } from '../simulation/recommendation.ts';
import type { ReleaseSummary, Share } from '../simulation/release-figures.ts';
import type { SimulationDocument } from '../simulation-report.ts';

const share = (p: number): Share => ({
  count: Math.round(p * 1000),
  p,
  low: p * 0.9,
  high: Math.min(1, p * 1.1 + 0.004),
});
const time = (ms: number) => ({ ms, lowMs: ms - 1000, highMs: null });

function summary(stopped: number, badAnswers: number): ReleaseSummary {
  return {
    releases: 1000,
    promoted: share(1 - stopped),
    failed: share(stopped),
    error: share(0),
    paused: share(0),
    stuck: share(0),
    stoppedByCause: {
      'no-data': share(stopped / 4),
      nan: share(stopped / 4),
      value: share(stopped / 2),
      condition: share(0),
    },
    late: share(stopped / 10),
    timeToStop: stopped === 0 ? null : { q50: time(60_000), q95: time(90_000) },
    stoppedBy: stopped === 0 ? [] : [1, 2, 3, 4].map((step) => ({ ms: step * 30_000, share: (stopped * step) / 4 })),
    duration: { q50: time(480_000), q95: time(490_000) },
    canaryRequests: 1300,
    badAnswers,
    users: { byRequest: 4095.1 * (1 - stopped), sticky: 1000 },
  };
}

const figures = (falseStop: number, miss: number, badAnswers: number): PolicyFigures => ({
  good: summary(falseStop, 2),
  bad: summary(1 - miss, badAnswers),
  falseStop: share(falseStop),
  miss: share(miss),
  deadMiss: share(0),
});

export function sampleSimulation(): SimulationDocument {
  const errorShares = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
  const curve = (middle: number) =>
    errorShares.map((errorShare) => ({
      errorShare,
      stopped: share(errorShare ** 2 / (errorShare ** 2 + middle ** 2)),
    }));
  const windows = [30_000, 60_000, 120_000, 300_000];
  return {
    rollout: 'shop',
    unit: 'kustomization overlays/dev',
    seed: 1,
    inputs: {
      ratePerSecond: 100,
      arrivals: 'poisson',
      fano: 1,
      scrapeIntervalMs: 15_000,
      scrapeLoss: 0.01,
      outage: { of: 'prometheus', fromMs: 120_000, untilMs: 150_000 },
      users: { count: 10_000, requests: 5, withinMs: 480_000 },
      stable: { errorShare: 0.002, latency: { medianMs: 80, sigma: 0.5 } },
      bad: { fault: { errorShare: 0.05 }, latency: { medianMs: 80, sigma: 0.5 } },
      badCanary: '5 % errors',
      recording: null,
      controller: { queryLatencyMs: 50, podReadyMs: 5000, weightDelayMs: 1000, approvalMs: 60_000 },
    },
    good: summary(0.2, 2),
    bad: summary(0.98, 8),
    falseStop: share(0.2),
    miss: share(0.02),
    others: [{ canary: 'errors=5%,pods=3', miss: share(0.4), summary: summary(0.6, 20) }],
    efficiency: { boundRequests: 40.4, usedRequests: 909, share: 0.044 },
    limits: [{ name: 'max-false', limit: 0.01, verdict: 'failed' }],
    verdict: 'failed',
    curves: [
      { policy: 'today', points: curve(0.008) },
      { policy: 'recommended', points: curve(0.02) },
    ],
    replay: {
      run: 17,
      outcome: 'aborted',
      cause: 'nan',
      reason: 'Metric "good" assessed Failed due to failed (1) > failureLimit (0)',
      durationMs: 90_300,
      weights: [{ atMs: 0, share: 0.1 }],
      measurements: [
        { metric: 'good', atMs: 0, phase: 'Error', values: [] },
        { metric: 'good', atMs: 30_000, phase: 'Successful', values: [1] },
        { metric: 'a-metric-with-a-name-that-is-long', atMs: 60_000, phase: 'Inconclusive', values: null },
        { metric: 'good', atMs: 90_000, phase: 'Failed', values: ['NaN'] },
      ],
    },
    recommendation: {
      verdict: 'change',
      limits: { maxFalse: 0.01, maxMiss: 0.001, maxDurationMs: 720_000 },
      candidates: 240,
      refused: [],
      freshSeed: 99,
      today: figures(0.2, 0.02, 8),
      recommended: figures(0.004, 0, 9),
      changes: ['window 2m', 'failureLimit 2'],
      edits: [{ object: 'AnalysisTemplate limits', path: ['spec', 'metrics', 0, 'failureLimit'], from: 0, to: 2 }],
      front: [
        { changes: ['failureLimit 3'], falseStop: share(0.001), miss: share(0), badAnswers: 14, durationMs: 480_000 },
        { changes: [], falseStop: share(0.2), miss: share(0.02), badAnswers: 8, durationMs: 480_000 },
      ],
      heat: windows.flatMap((windowMs, column) =>
        [0, 1, 2, 3].map((failureLimit) => ({
          windowMs,
          failureLimit,
          falseStop: 0.3 / 4 ** (failureLimit + column / 2),
          badAnswers: 4 + failureLimit * 3 + column,
        })),
      ),
      obstacle: null,
    },
    patch: { diff: '--- a/limits.yaml\n+++ b/limits.yaml\n@@ -1,1 +1,1 @@\n-a: 1\n+a: 2\n', byHand: [] },
    warnings: [{ code: 'WINDOW_SHORT', sentence: 'good: the window is short' }],
    assumptions: ['requests are independent of each other'],
  };
}
