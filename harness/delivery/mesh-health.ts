/** Watches the mesh's own programs beside a run, and says of them what a reader of the lane "machine" has to know. */
import { seconds } from '../documents/figures.ts';
import { INGRESS_GATEWAY } from '../evidence/ingress-gateway.ts';
import { createMeshWitness, type MeshTrouble } from '../evidence/mesh-witness.ts';
import { scrapedTargets } from '../evidence/query-probe.ts';
import { pause } from '../process/pause.ts';
import type { Scene } from '../scene/scene.ts';

/** Prometheus' list of targets is long, and a scrape that is missed once is no trouble yet. */
const LOOK_EVERY_MS = 5_000;

export interface MeshHealth {
  /** For the summary at the end of the run. */
  inWords(): readonly string[];
  /** Ends with the signal. */
  readonly done: Promise<void>;
}

export function watchMesh({ client, cluster, recorder, now }: Scene, signal: AbortSignal): MeshHealth {
  const tell = (trouble: MeshTrouble) => {
    const { pod, what, fromMs, toMs } = trouble;
    if (toMs === undefined)
      recorder.event('machine', `${pod}: ${what === 'not-ready' ? 'not ready' : 'not scraped any more'}`);
    else
      recorder.event(
        'machine',
        `${pod}: ${what === 'not-ready' ? 'ready' : 'scraped'} again after ${seconds(toMs - fromMs)}`,
      );
  };
  const witness = createMeshWitness(now, tell);
  const { namespace } = INGRESS_GATEWAY;
  const pods = client.watch({ apiVersion: 'v1', resource: 'pods', namespace }, witness.pod, signal);
  const { prometheusUrl } = cluster;
  const look = async () => {
    while (prometheusUrl !== undefined && !signal.aborted) {
      // a Prometheus that does not answer is no witness, and no reason to end the run
      const targets = await scrapedTargets(prometheusUrl, signal).catch(() => undefined);
      if (targets) witness.targets(targets);
      await pause(LOOK_EVERY_MS, signal);
    }
  };
  const over = (error: unknown) => {
    if (!signal.aborted) throw error;
  };
  const done = Promise.all([pods.catch(over), look().catch(over)]).then(() => undefined);
  done.catch(() => undefined);
  return { done, inWords: () => meshInWords(witness.troubles, witness.pods.size, now()) };
}

/** @param pods that were looked at */
export function meshInWords(troubles: readonly MeshTrouble[], pods: number, nowMs: number): readonly string[] {
  if (pods === 0) return [];
  if (troubles.length === 0)
    return [`istiod and the gateways (${pods} pods) stayed ready, and no scrape of them was missed`];
  return troubles.map(({ pod, what, fromMs, toMs, missed }) => {
    const lasted = seconds((toMs ?? nowMs) - fromMs);
    return what === 'not-ready'
      ? `${pod} was not ready for ${lasted}`
      : `${missed} scrapes of ${pod} were missed in ${lasted}`;
  });
}
