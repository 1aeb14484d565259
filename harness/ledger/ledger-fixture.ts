/** A split of 10 % for v3 that nobody disturbed, for tests to disturb: one minute, two proxies, one client path. */
import type { ApiStep, GitStep, LedgerEvidence, ProxyTrack } from './evidence.ts';
import { createLabelStream, type LabelView } from './label-stream.ts';

export const START_MS = Date.UTC(2026, 0, 2);
export const weights = (v3: number) => ({ 'reviews-v1': 100 - v3, 'reviews-v3': v3 });

export function git(atMs: number, v3: number, commit = 'a'.repeat(40)): GitStep {
  return { atMs, held: weights(v3), commit, where: 'canary/reviews.yaml:11', inMesh: true };
}

export function api(atMs: number, v3: number, change: Partial<ApiStep> = {}): ApiStep {
  return {
    ...{ atMs, held: weights(v3), resourceVersion: '7', gateways: ['mesh'], deleted: false },
    ...{ routesWriter: 'argocd-controller', gatewaysWriter: 'argocd-controller', routeIndex: 0 },
    ...change,
  };
}

export function proxy(
  name: string,
  steps: readonly (readonly [atMs: number, v3: number])[],
  isSource = true,
): ProxyTrack {
  return {
    proxy: `bookinfo/${name}`,
    isSource,
    isGateway: false,
    steps: steps.map(([atMs, v3]) => ({ atMs, held: weights(v3), version: '' })),
  };
}

/** Deterministic pseudo-random labels, a request every 2 ms. */
export function labels(shareAt: (ms: number) => number, count = 20_000): LabelView {
  const stream = createLabelStream();
  let state = 0x9e3779b9;
  for (let i = 0; i < count; i += 1) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const at = START_MS + 2 * i;
    stream.add(at, (state >>> 0) / 2 ** 32 < shareAt(at - START_MS));
  }
  return stream.view();
}

/** One for all: what is sought in it is sought once. */
const STEADY = labels(() => 0.1);

export function evidence(change: Partial<LedgerEvidence> = {}): LedgerEvidence {
  return {
    title: 'reviews 90/10',
    virtualService: { namespace: 'bookinfo', name: 'reviews' },
    application: { namespace: 'argocd', name: 'bookinfo' },
    ...{ service: 'reviews', arm: 'v3', subset: 'reviews-v3', fromMs: START_MS, toMs: START_MS + 60_000 },
    git: [git(START_MS - 9_000, 10)],
    applied: [
      { atMs: START_MS - 5_000, commit: 'a'.repeat(40), automated: true, selfHeal: true, policyWriter: 'canaryproof' },
    ],
    api: [api(START_MS - 6_000, 10)],
    proxies: [proxy('page', [[START_MS - 5_500, 10]]), proxy('details', [[START_MS - 5_400, 10]], false)],
    refused: [],
    streams: [{ path: 'mesh', labels: STEADY }],
    allowed: { gitToApiMs: 30_000, driftHealedMs: 10_000, apiToXdsMs: 5_000 },
    ...change,
  };
}
