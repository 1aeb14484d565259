/** The layers of one rollout while a claim judges it: who is to blame when it is red, asked once at the end. */
import { findingOf } from '../../../reports/model/finding-of.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { PromiseNotKept } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { underTraffic } from '../../scene/seen-by-traffic.ts';
import type { RunningLoad } from '../../traffic/recorded-load.ts';
import type { DeclaredRollout } from '../rollout-object.ts';
import type { RolloutWatch } from '../rollout-watch.ts';
import { type Blame, blamedOnce, blameRollout, layersInWords } from './blame.ts';
import { type ClientSidecar, openGatewayRoutes, openSidecarRoutes, type ProxyRoutes } from './proxy-routes.ts';
import type { ClientsOf, RolloutEvidence } from './rollout-evidence.ts';

/** A load, and the path of its clients. */
export interface LoadOf {
  readonly path: ClientsOf['path'];
  readonly load: Pick<RunningLoad, 'stream' | 'stop'>;
}

export interface RolloutLayers extends AsyncDisposable {
  /** Of the gateways and of sidecars beside clients. */
  readonly routes: RolloutEvidence['proxies'];
  /** Everything that was recorded until now. */
  blame(loads: readonly LoadOf[]): LayersRead;
  /**
   * Does it under load. A promise that the subject did not keep says what its clients got, and which layer is to blame.
   * @throws what `work` throws
   */
  under<Done>(loads: readonly LoadOf[], work: () => Promise<Done>): Promise<Done>;
}

export interface LayersRead {
  readonly blame: Blame | undefined;
  /** One finding for all, where a layer parts. */
  once(seen: readonly FindingReport[]): readonly FindingReport[];
  /** For the details of the claim. */
  readonly detail: { readonly label: string; readonly value: string };
}

export interface LayersRequest {
  readonly watch: RolloutWatch;
  readonly rollout: DeclaredRollout;
  readonly git?: RolloutEvidence['git'];
  /** At the ingress. */
  readonly hosts: readonly string[];
  /** Where somebody else reads the gateways for several rollouts. */
  readonly routes?: Pick<ProxyRoutes, 'routes'>;
  /** Of clients in the mesh. */
  readonly sidecars?: readonly ClientSidecar[];
  /** As pods call themselves, by the order of their templates; the stable one first. */
  versions(): readonly string[];
}

export async function openRolloutLayers(request: LayersRequest, scene: Scene): Promise<RolloutLayers> {
  const { watch, rollout, git, hosts, versions, sidecars = [] } = request;
  // without a gateway that we know there are four layers
  const opened =
    request.routes || hosts.length === 0 ? undefined : await openGatewayRoutes(hosts, scene).catch(unread(scene));
  const beside = sidecars.map((sidecar) => openSidecarRoutes(sidecar, scene));
  const routesNow = () => [
    ...((request.routes ?? opened)?.routes.filter(({ host }) => hosts.includes(host)) ?? []),
    ...beside.flatMap(({ routes }) => routes),
  ];
  const blame = (loads: readonly LoadOf[]): LayersRead => {
    const evidence: RolloutEvidence = {
      ...{ rollout, git, watch, proxies: routesNow(), versions: versions(), endMs: scene.now() },
      clients: loads.map(({ path, load }) => ({ path, stream: load.stream })),
    };
    const found = blameRollout(evidence);
    return {
      blame: found,
      once: (seen) => blamedOnce(found, seen),
      detail: { label: 'layers', value: layersInWords(evidence, found) },
    };
  };
  return {
    get routes() {
      return routesNow();
    },
    blame,
    async under(loads, work) {
      try {
        return await underTraffic(loads[0]?.load, scene.now, work);
      } catch (error) {
        if (!(error instanceof PromiseNotKept) || error.blamed) throw error;
        const read = blame(loads);
        throw read.blame ? error.blamedOn(read.once([findingOf(error, error.layer)])[0]!) : error;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([opened, ...beside].map((read) => read?.[Symbol.asyncDispose]()));
    },
  };
}

const unread = (scene: Scene) => (error: unknown) => {
  scene.signal.throwIfAborted();
  scene.progress.note(`the gateways are not read: ${error instanceof Error ? error.message : String(error)}`);
  return undefined;
};
