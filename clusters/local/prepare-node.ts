/** From a cluster specification to the programs, data files and image catalogue that its node needs. */
import type { ClusterSpec } from '../../harness/ports/cluster.ts';
import type { InstalledComponent, Toolset } from '../toolchain/toolset.ts';
import { type CatalogueSources, imageCatalogue } from './cri/image-catalogue.ts';
import type { NodeParts } from './node-spec.ts';
import { ownProgramEntry } from './own-program.ts';

const NODE_COMPONENTS = ['etcd', 'kubernetes', 'cri-streaming', 'coredns'];
/** Not a part of the node: pods may run it as an image. */
const LOAD_COMPONENT = 'k6';
const ADDON_COMPONENTS: Readonly<Record<string, readonly string[]>> = {
  istio: ['istio', 'envoy', 'helm'],
  argocd: ['argocd', 'redis', 'helm', 'kustomize'],
  'argo-rollouts': ['argo-rollouts'],
  alertmanager: ['alertmanager'],
  'metrics-server': ['metrics-server'],
  jaeger: ['jaeger'],
  kyverno: ['kyverno'],
  unleash: ['unleash'],
  // what signs is no part of the node, and belongs to who pushes images there
  registry: ['registry', 'cosign'],
  prometheus: ['prometheus'],
};

/** Names of the components that a specification needs, each once. */
export function componentsOf(spec: Pick<ClusterSpec, 'addons'>): readonly string[] {
  return [
    ...new Set([...NODE_COMPONENTS, LOAD_COMPONENT, ...spec.addons.flatMap((addon) => ADDON_COMPONENTS[addon] ?? [])]),
  ];
}

export interface StandIn {
  /** Path of the stand-in workload's bundle. */
  readonly bundle: string;
  /** Path of the Node program that runs it. */
  readonly node: string;
}

export function nodeParts(spec: ClusterSpec, toolset: Toolset, standIn: StandIn): NodeParts {
  const installed = (name: string): InstalledComponent => toolset.component(name, spec.componentVersions[name]);
  const program = (component: string, name: string): string => {
    const found = installed(component).programs[name];
    if (!found) throw new TypeError(`component ${component} has no program ${name}`);
    return found.path;
  };
  const sources: CatalogueSources = {
    standIn,
    coredns: program('coredns', 'coredns'),
    k6: program('k6', 'k6'),
    ...(spec.addons.includes('istio')
      ? {
          istio: {
            pilotDiscovery: program('istio', 'pilot-discovery'),
            pilotAgent: program('istio', 'pilot-agent'),
            envoy: program('envoy', 'envoy'),
            bootstrapTemplate: installed('istio').dataFile('tools/packaging/common/envoy_bootstrap.json'),
          },
        }
      : {}),
    ...(spec.addons.includes('argocd')
      ? {
          argocd: {
            argocd: program('argocd', 'argocd'),
            gitVerifyWrapper: installed('argocd').dataFile('hack/git-verify-wrapper.sh'),
            helm: program('helm', 'helm'),
            kustomize: program('kustomize', 'kustomize'),
            redisServer: program('redis', 'redis-server'),
            image: 'quay.io/argoproj/argocd*',
          },
        }
      : {}),
    ...(spec.addons.includes('prometheus') ? { prometheus: program('prometheus', 'prometheus') } : {}),
    ...(spec.addons.includes('argo-rollouts') ? { argoRollouts: program('argo-rollouts', 'rollouts-controller') } : {}),
    ...(spec.addons.includes('alertmanager') ? { alertmanager: program('alertmanager', 'alertmanager') } : {}),
    ...(spec.addons.includes('metrics-server') ? { metricsServer: program('metrics-server', 'metrics-server') } : {}),
    ...(spec.addons.includes('jaeger') ? { jaeger: program('jaeger', 'jaeger') } : {}),
    ...(spec.addons.includes('registry') ? { registry: program('registry', 'registry') } : {}),
    ...(spec.addons.includes('kyverno') ? { kyverno: program('kyverno', 'kyverno') } : {}),
    ...(spec.addons.includes('unleash') ? { unleash: installed('unleash').directory } : {}),
  };
  return {
    programs: {
      etcd: program('etcd', 'etcd'),
      kubeApiserver: program('kubernetes', 'kube-apiserver'),
      kubeControllerManager: program('kubernetes', 'kube-controller-manager'),
      kubeScheduler: program('kubernetes', 'kube-scheduler'),
      kubelet: program('kubernetes', 'kubelet'),
      kubeProxy: program('kubernetes', 'kube-proxy'),
      criStreaming: program('cri-streaming', 'cri-streaming'),
    },
    criProto: installed('kubernetes').dataFile('pkg/apis/runtime/v1/api.proto'),
    catalogue: imageCatalogue(sources, spec.images, (image, own) =>
      ownProgramEntry(image, own, process.env.PATH ?? ''),
    ),
    components: componentsOf(spec)
      .filter((name) => name !== LOAD_COMPONENT)
      .flatMap((name) =>
        Object.values(installed(name).programs).map(({ name: programName, version, origin, sha256 }) => ({
          name: programName,
          version,
          origin,
          sha256,
        })),
      ),
  };
}
