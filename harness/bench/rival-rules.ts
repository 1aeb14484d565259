/**
 * How others decide whether a split is right, on the same requests: each rule takes 0s and 1s (1 = canary) until it has
 * decided, and says what and after how many.
 *
 * Gateway API conformance (kubernetes-sigs/gateway-api, conformance/utils/weight/weight.go): 500 requests, each share
 * within 0.05; the first pass of up to ten tries wins. Istio (tests/integration/pilot/common/routing.go, shifting): 100
 * requests, each count within 10 of its weight; there it is tried again for 30 s until a batch passes.
 */
import type { Coin } from '../stats/calibration-study.ts';
import { equivalenceRegion, fixedSampleSize, type TestSize } from '../stats/sample-size.ts';
import { ASSURANCE, createSplitJudge } from '../verdict/split-judge.ts';

export interface Decision {
  readonly outcome: 'passed' | 'failed' | 'undecided';
  readonly requests: number;
}

export interface Rule {
  readonly name: string;
  decide(next: () => boolean): Decision;
}

const DECLARED = 0.1;
const CONNECTIONS = 50;

export function rules(): readonly Rule[] {
  const size: TestSize = { share: DECLARED, ...ASSURANCE.default };
  const fixed = fixedSampleSize(size);
  const region = equivalenceRegion(fixed, size);
  return [
    { name: 'canaryproof, default', decide: sequential },
    {
      name: `fixed n = ${fixed.toLocaleString('en-GB')}, same error rates`,
      decide: (next) => {
        const hits = count(next, fixed);
        return { outcome: verdict(hits >= region.lowest && hits <= region.highest), requests: fixed };
      },
    },
    { name: 'Gateway API: 500 ± 5 points, one try', decide: (next) => batches(next, 500, 25, 1) },
    { name: 'Gateway API: ... best of ten tries', decide: (next) => batches(next, 500, 25, 10) },
    { name: 'Istio: 100 ± 10, one batch', decide: (next) => batches(next, 100, 10, 1) },
    { name: 'Istio: ... best of ten batches', decide: (next) => batches(next, 100, 10, 10) },
  ];
}

/** The product's own judge, as `assert-split` sets it up. */
function sequential(next: () => boolean): Decision {
  const judge = createSplitJudge({
    arms: [
      { name: 'v1', share: 1 - DECLARED },
      { name: 'v2', share: DECLARED },
    ],
    ...ASSURANCE.default,
    lookEvery: 20,
  });
  for (let request = 0; ; request += 1) {
    const decision = judge.observe(next() ? 'v2' : 'v1', String(request % CONNECTIONS));
    if (!decision) continue;
    const { outcome, n } = decision;
    return { outcome: outcome === 'passed' || outcome === 'failed' ? outcome : 'undecided', requests: n };
  }
}

/** Passes with the first of so many batches whose count is within the tolerance. */
function batches(next: () => boolean, size: number, tolerance: number, tries: number): Decision {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const close = Math.abs(count(next, size) - DECLARED * size) <= tolerance;
    if (close) return { outcome: 'passed', requests: attempt * size };
  }
  return { outcome: 'failed', requests: tries * size };
}

function count(next: () => boolean, n: number): number {
  let hits = 0;
  for (let request = 0; request < n; request += 1) if (next()) hits += 1;
  return hits;
}

function verdict(close: boolean): 'passed' | 'failed' {
  return close ? 'passed' : 'failed';
}

/** Requests of a split that really is `share`, each routed by itself. */
export function stream(coin: Coin, share: number): () => boolean {
  return () => coin.hit(share);
}
