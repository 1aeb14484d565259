/** Waits until every meshed client proxy routes as the VirtualService says, and reports those that do not. */
import { type ProxyWeights, WHOLE_HOST } from '../evidence/proxy-routes.ts';
import { describeHeld, sameHeld } from '../ledger/layer-steps.ts';
import type { TrafficSplitClaim } from '../profile/profile.ts';
import { hasContainer } from './claim-sidecars.ts';
import type { SeenRejection } from './layer-record.ts';
import type { Scene } from './scene.ts';

export interface ProxyState {
  readonly pod: string;
  readonly weights: ProxyWeights | undefined;
  readonly converged: boolean;
  /** Nothing was heard of this proxy: its admin interface cannot be reached from here. */
  readonly silent: boolean;
}

const POLL_MS = 50;
/** A proxy that refuses its configuration may take the next one; it gets this long. */
const REFUSED_MS = 3_000;

/** The API object's weights as a proxy should hold them; a VirtualService outside the mesh leaves the host whole. */
function expectedWeights(scene: Scene, claim: TrafficSplitClaim): ProxyWeights {
  const newest = scene.recorder.history(claim.virtualService.namespace, claim.virtualService.name).at(-1);
  if (!newest?.gateways.includes('mesh') || newest.deleted) return { [WHOLE_HOST]: 100 };
  return newest.weights;
}

/** Rejections of route configuration that are open now. */
function refusing(refused: readonly SeenRejection[], proxy: string): boolean {
  return refused.some((one) => one.proxy === proxy && one.clearedMs === undefined && one.type !== 'EDS');
}

/**
 * @param host fully qualified name of the split's service
 * @returns every proxy's last state; those not converged are the finding
 */
export async function awaitProxies(
  scene: Scene,
  claim: TrafficSplitClaim,
  host: string,
): Promise<readonly ProxyState[]> {
  const { client, profile, recorder } = scene;
  const { namespace } = claim.virtualService;
  const beganAt = scene.now();
  const deadline = beganAt + profile.budgets.routesAppliedMs;
  const pods = (await client.list({ apiVersion: 'v1', resource: 'pods', namespace })).filter(
    (pod) => hasContainer(pod, 'istio-proxy') && pod.metadata.deletionTimestamp === undefined,
  );
  const step = scene.progress.step(`proxies route ${host}`);
  for (;;) {
    const wanted = expectedWeights(scene, claim);
    const tracks = recorder.layers.routesOf(host);
    const states = pods.map(({ metadata }): ProxyState => {
      const seen = tracks.get(`${namespace}/${metadata.name}`)?.at(-1);
      const converged = seen?.weights !== undefined && sameHeld(seen.weights, wanted);
      return { pod: metadata.name, weights: seen?.weights, converged, silent: seen === undefined };
    });
    const converged = states.filter((state) => state.converged).length;
    step.update(`${converged} of ${states.length}`);
    if (converged === states.length) {
      step.done(`${converged} of ${states.length} as declared by the API object`);
      recorder.event('xDS', `${converged} proxies route ${describeHeld(wanted)}`);
      return states;
    }
    const waited = scene.now() - beganAt;
    const hopeless = states.every(
      (state) =>
        state.converged || (waited > REFUSED_MS && refusing(recorder.layers.refused, `${namespace}/${state.pod}`)),
    );
    if (hopeless || scene.now() > deadline) {
      step.fail(`only ${converged} of ${states.length} after ${(waited / 1000).toFixed(1)} s`);
      return states;
    }
    scene.signal.throwIfAborted();
    await scene.pause(POLL_MS);
  }
}
