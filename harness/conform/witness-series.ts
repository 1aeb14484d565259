/** The second witness over time: the share that the mesh's own counters show, for the traffic timeline. */

import type { SplitClaim } from '../documents/references.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { readVersionGrowth, total } from '../evidence/mesh-counters.ts';
import type { Scene } from '../scene/scene.ts';
import { wilsonInterval } from '../stats/proportion.ts';
import type { ShareSeries } from '../traffic/share-bins.ts';

const STEP_MS = 4_000;
const BAND_CONFIDENCE = 0.99;
/** The last requests of a load, scraped alone, would draw a share of 0 or 100 %. */
const LEAST_REQUESTS = 50;

/** Undefined without Prometheus, or when it holds nothing of the time asked for. */
async function witnessSeries(
  scene: Scene,
  claim: SplitClaim,
  arm: string,
  startMs: number,
): Promise<ShareSeries | undefined> {
  const { prometheusUrl } = scene.cluster;
  if (prometheusUrl === undefined) return undefined;
  const query = { reporter: 'destination', service: claim.service, namespace: claim.virtualService.namespace } as const;
  const range = { startMs, endMs: scene.now(), stepMs: STEP_MS };
  const intervals = await readVersionGrowth(prometheusUrl, query, range, scene.signal);
  const counted = intervals.filter(({ byVersion }) => total(byVersion) >= LEAST_REQUESTS);
  const bins = counted.map(({ startMs: from, endMs, byVersion }) => {
    const n = Math.round(total(byVersion));
    const hits = Math.min(n, Math.round(byVersion.get(arm) ?? 0));
    return { startMs: from, endMs, n, share: hits / n, ...wilsonInterval(hits, n, BAND_CONFIDENCE) };
  });
  return bins.length === 0 ? undefined : { path: 'prometheus', arm, bins };
}

/** One series for each arm that the run's load phases followed. Prometheus may be gone by now: then there is none. */
export async function witnessOfPhases(
  scene: Scene,
  claim: SplitClaim | undefined,
  startedAt: number,
): Promise<ShareSeries[]> {
  const arms = [...new Set(scene.phases.map((phase) => phase.result.followedArm))];
  if (!claim) return [];
  try {
    const series = await Promise.all(arms.map((arm) => witnessSeries(scene, claim, arm, startedAt)));
    return series.filter((found) => found !== undefined);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    // a line of a picture is missing; the verdicts stand on other evidence
    scene.progress.note(`the timeline lacks what the mesh counted: ${error.message}`);
    return [];
  }
}
