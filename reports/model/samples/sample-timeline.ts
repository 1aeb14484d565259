/** A timeline for tests: 90/10 for a minute, then a commit to 75/25 that reaches Git, API and proxies one after another. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { TimelineReport } from '../run-report.ts';
import { wilson } from './sample-split.ts';

export interface SampleTimelineOptions {
  readonly startMs: number;
  /** Share that in-mesh clients really get before the change; 0.1 is what was declared. */
  readonly meshShare: number;
  readonly seed: number;
}

const CHANGE_MS = 60_000;
const END_MS = 110_000;
const XDS_LAG_MS = 1_480;

export function sampleTimeline({ startMs, meshShare, seed }: SampleTimelineOptions): TimelineReport {
  const random = xoroshiro128plus(seed);
  const truth = (before: number) => (offsetMs: number) => (offsetMs < CHANGE_MS + XDS_LAG_MS ? before : 0.25);
  const series = (path: TimelineReport['series'][number]['path'], binMs: number, perBin: number, before: number) => ({
    path,
    arm: 'v3',
    bins: Array.from({ length: Math.floor(END_MS / binMs) }, (_, index) => {
      const n = perBin + Math.floor(uniformFloat64(random) * 20);
      const shareAt = truth(before);
      let canary = 0;
      for (let i = 0; i < n; i += 1) {
        const share = shareAt(index * binMs + (i / n) * binMs);
        if (uniformFloat64(random) < share) canary += 1;
      }
      const startOfBin = startMs + index * binMs;
      return { startMs: startOfBin, endMs: startOfBin + binMs, n, share: canary / n, ...wilson(canary, n) };
    }),
  });
  const declared = (offsetMs: number, share: number, layer: 'git' | 'api' | 'xds', source: string) => ({
    atMs: startMs + offsetMs,
    share,
    layer,
    source,
  });
  const event = (offsetMs: number, lane: string, label: string, detail?: string) => ({
    atMs: startMs + offsetMs,
    lane,
    label,
    ...(detail === undefined ? {} : { detail }),
  });
  return {
    title: 'reviews: share of v3',
    arm: 'v3',
    declared: [
      declared(0, 0.1, 'git', 'canary/virtual-service.yaml at 4f1c2ab by canaryproof'),
      declared(0, 0.1, 'api', 'VirtualService bookinfo/reviews, resourceVersion 812, argocd-controller'),
      declared(0, 0.1, 'xds', 'productpage-v1-6b746f74dc-x2vjq, route acknowledged'),
      declared(CHANGE_MS, 0.25, 'git', 'canary/virtual-service.yaml at 91d07ee by canaryproof'),
      declared(
        CHANGE_MS + 1_140,
        0.25,
        'api',
        'VirtualService bookinfo/reviews, resourceVersion 1044, argocd-controller',
      ),
      declared(CHANGE_MS + XDS_LAG_MS, 0.25, 'xds', 'productpage-v1-6b746f74dc-x2vjq, route acknowledged'),
    ],
    series: [
      series('ingress', 2_000, 600, 0.1),
      series('mesh', 2_000, 400, meshShare),
      series('prometheus', 10_000, 4_800, (0.1 + meshShare) / 2),
    ],
    events: [
      event(400, 'load', 'k6 ingress starts', '300 requests/s, constant arrival rate'),
      event(900, 'load', 'k6 in-mesh starts', '200 requests/s from productpage'),
      event(CHANGE_MS, 'Git', 'commit 91d07ee', 'weights 90/10 to 75/25'),
      event(CHANGE_MS + 600, 'Argo CD', 'sync started', 'Application bookinfo, revision 91d07ee'),
      event(CHANGE_MS + 1_350, 'Argo CD', 'Synced, Healthy'),
      event(
        CHANGE_MS + 1_140,
        'API',
        'VirtualService reviews updated',
        'resourceVersion 1044, field manager argocd-controller',
      ),
      event(CHANGE_MS + 1_420, 'istiod', 'push 1.28/17'),
      event(CHANGE_MS + XDS_LAG_MS, 'istiod', 'acknowledged by 6 of 6 proxies'),
      event(END_MS - 300, 'load', 'k6 ends'),
    ],
  };
}
