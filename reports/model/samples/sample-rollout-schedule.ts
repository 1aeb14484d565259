/**
 * What happens when in the sample of an aborted canary: one schedule from which timeline, ledger, latency, errors and
 * waterfall are all simulated, so that the panels of a sample report agree with one another. Times are offsets in ms.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export const ROLLOUT = 'shop/checkout';
export const ROUTE_OBJECT = 'VirtualService shop/checkout';
const GATEWAY = 'istio-system/istio-ingressgateway-5d7f8c9b4-k2mzp';
export const FRONTENDS = ['shop/frontend-7c6d5b9f88-4q8tn', 'shop/frontend-7c6d5b9f88-zz7lw'] as const;

export const CHANGES = [
  { atMs: 12_000, from: 0, to: 0.1 },
  { atMs: 42_000, from: 0.1, to: 0.25 },
  { atMs: 72_000, from: 0.25, to: 0.5 },
  { atMs: 117_320, from: 0.5, to: 0 },
] as const;
export const FAULT_MS = 84_000;
export const ANALYSIS_FROM_MS = 57_000;
export const ANALYSIS_FAILED_MS = 117_050;
export const ABORTED_MS = 117_180;
export const PODS_GONE_MS = 147_500;
export const END_MS = 165_000;
export const REQUESTS_PER_SECOND = { ingress: 300, mesh: 200 } as const;

/** Lag of each proxy behind each change; the stale proxy of the failed sample takes 9.4 s to give the canary up. */
export function acknowledgementLags(stale: boolean): readonly { proxy: string; lagsMs: readonly number[] }[] {
  return [
    { proxy: GATEWAY, lagsMs: [184, 201, 176, 212] },
    { proxy: FRONTENDS[0], lagsMs: [231, 248, 240, 263] },
    { proxy: FRONTENDS[1], lagsMs: [252, 266, 1_904, stale ? 9_380 : 318] },
  ];
}

/** Share of the canary that one proxy routes at an offset. */
function shareOfProxy(lagsMs: readonly number[], offsetMs: number): number {
  return CHANGES.findLast((change, index) => change.atMs + (lagsMs[index] ?? 0) <= offsetMs)?.to ?? 0;
}

/** Share that a client path gets: the gateway's alone, or the mean of the frontends behind a round robin. */
export function shareOfPath(path: 'ingress' | 'mesh', stale: boolean, offsetMs: number): number {
  const [gateway, ...frontends] = acknowledgementLags(stale).map(({ lagsMs }) => shareOfProxy(lagsMs, offsetMs));
  return path === 'ingress' ? (gateway ?? 0) : frontends.reduce((sum, one) => sum + one, 0) / frontends.length;
}

/** A seeded source of numbers in [0, 1). */
export function seededUniform(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
