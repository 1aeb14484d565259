/** The second witness over time: the share that the mesh's own counters show, for the traffic timeline. */
import { readVersionGrowth, total } from '../evidence/mesh-counters.ts';
import type { TrafficSplitClaim } from '../profile/profile.ts';
import { wilsonInterval } from '../stats/proportion.ts';
import type { Scene } from './scene.ts';
import type { ShareSeries } from './share-bins.ts';

const STEP_MS = 4_000;
const BAND_CONFIDENCE = 0.99;

/** Undefined without Prometheus, or when it holds nothing of the time asked for. */
export async function witnessSeries(
  scene: Scene,
  claim: TrafficSplitClaim,
  arm: string,
  startMs: number,
): Promise<ShareSeries | undefined> {
  const { prometheusUrl } = scene.cluster;
  if (prometheusUrl === undefined) return undefined;
  const query = { reporter: 'destination', service: claim.service, namespace: claim.virtualService.namespace } as const;
  const range = { startMs, endMs: scene.now(), stepMs: STEP_MS };
  const intervals = await readVersionGrowth(prometheusUrl, query, range, scene.signal);
  const bins = intervals.map(({ startMs: from, endMs, byVersion }) => {
    const n = Math.round(total(byVersion));
    const hits = Math.min(n, Math.round(byVersion.get(arm) ?? 0));
    return { startMs: from, endMs, n, share: hits / n, ...wilsonInterval(hits, n, BAND_CONFIDENCE) };
  });
  return bins.length === 0 ? undefined : { path: 'prometheus', arm, bins };
}
