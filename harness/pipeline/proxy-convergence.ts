/** Waits until every meshed client proxy routes as the VirtualService says, and reports those that do not. */
import { type ProxyWeights, readProxyWeights, WHOLE_HOST } from '../evidence/proxy-routes.ts';
import type { TrafficSplitClaim } from '../profile/profile.ts';
import { hasContainer } from './claim-sidecars.ts';
import type { Scene } from './scene.ts';

export interface ProxyState {
  readonly pod: string;
  readonly weights: ProxyWeights | undefined;
  readonly converged: boolean;
}

const POLL_MS = 200;

/** The API object's weights as a proxy should hold them; a VirtualService outside the mesh leaves the host whole. */
function expectedWeights(scene: Scene, claim: TrafficSplitClaim): ProxyWeights {
  const newest = scene.recorder.history(claim.virtualService.namespace, claim.virtualService.name).at(-1);
  if (!newest?.gateways.includes('mesh')) return { [WHOLE_HOST]: 100 };
  return Object.fromEntries(Object.entries(newest.weights).filter(([, weight]) => weight > 0));
}

function same(a: ProxyWeights | undefined, b: ProxyWeights): boolean {
  if (!a) return false;
  const kept = Object.entries(a).filter(([, weight]) => weight > 0);
  return kept.length === Object.keys(b).length && kept.every(([subset, weight]) => b[subset] === weight);
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
  const { client, cluster, signal, profile } = scene;
  const { namespace } = claim.virtualService;
  const deadline = scene.now() + profile.budgets.routesAppliedMs;
  const pods = (await client.list({ apiVersion: 'v1', resource: 'pods', namespace })).filter(
    (pod) => hasContainer(pod, 'istio-proxy') && pod.metadata.deletionTimestamp === undefined,
  );
  const placements = await Promise.all(
    pods.map(async ({ metadata: { name } }) => ({
      pod: name,
      argvPrefix: (await cluster.loadAt({ kind: 'mesh', namespace, pod: name })).argvPrefix,
    })),
  );
  const step = scene.progress.step(`proxies route ${host}`);
  let states: ProxyState[] = [];
  for (;;) {
    const wanted = expectedWeights(scene, claim);
    const open = placements.filter(({ pod }) => !states.some((state) => state.pod === pod && state.converged));
    const read = await Promise.all(
      open.map(async ({ pod, argvPrefix }) => {
        const weights = await readProxyWeights(argvPrefix, host, signal);
        return { pod, weights, converged: same(weights, wanted) };
      }),
    );
    states = [...states.filter((state) => state.converged), ...read];
    const converged = states.filter((state) => state.converged).length;
    step.update(`${converged} of ${states.length}`);
    if (converged === states.length) {
      step.done(`${converged} of ${states.length} as declared by the API object`);
      const { name } = claim.virtualService;
      scene.recorder.proxies(namespace, name, wanted, converged);
      return states;
    }
    if (scene.now() > deadline) {
      step.fail(`only ${converged} of ${states.length} within ${profile.budgets.routesAppliedMs / 1000} s`);
      return states;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
