/** Pods as the API told of them, those that are gone too: a line may come after its pod. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';

/** `namespace/name`. */
export type PodKey = string;

export interface PodBook {
  /** As a watch tells it. */
  tellPod(pod: KubeObject): void;
  tellService(service: KubeObject): void;
  get(key: PodKey): KubeObject | undefined;
  /** The one that got the address last. */
  at(address: string): PodKey | undefined;
  /** Whether requests to the Service may reach the pod. @param service its name, or `namespace/name` */
  belongs(key: PodKey, service: string): boolean;
}

/** Added by Argo Rollouts to a Service for the time being: whose pods it selects is said by the rest. */
const HASH_LABEL = 'rollouts-pod-template-hash';
/** By which a mesh names a workload, in Istio's order. */
const CANONICAL = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];

export function createPodBook(): PodBook {
  const pods = new Map<PodKey, KubeObject>();
  const byAddress = new Map<string, PodKey>();
  const selectors = new Map<string, Readonly<Record<string, string>>>();

  const selects = (service: string, { metadata: { labels = {} } }: KubeObject): boolean => {
    const selector = Object.entries(selectors.get(service) ?? {}).filter(([name]) => name !== HASH_LABEL);
    return selector.length > 0 && selector.every(([name, value]) => labels[name] === value);
  };

  return {
    tellPod(pod) {
      const key = keyOf(pod);
      pods.set(key, pod);
      const { hostNetwork } = (pod.spec ?? {}) as { hostNetwork?: boolean };
      const { podIPs = [], podIP } = (pod.status ?? {}) as { podIP?: string; podIPs?: readonly { ip: string }[] };
      // the address of a node is not one pod's
      if (hostNetwork === true) return;
      for (const ip of [podIP, ...podIPs.map((one) => one.ip)]) if (ip !== undefined) byAddress.set(ip, key);
    },
    tellService(service) {
      const { selector } = (service.spec ?? {}) as { selector?: Readonly<Record<string, string>> };
      if (selector) selectors.set(keyOf(service), selector);
    },
    get: (key) => pods.get(key),
    at: (address) => byAddress.get(address),
    belongs(key, service) {
      const pod = pods.get(key);
      if (pod === undefined) return false;
      const [name = service, namespace = pod.metadata.namespace ?? ''] = service.split('/').reverse();
      if (pod.metadata.namespace !== namespace) return false;
      if (selects(`${namespace}/${name}`, pod)) return true;
      const { labels = {} } = pod.metadata;
      return CANONICAL.map((label) => labels[label]).find((value) => value !== undefined) === name;
    },
  };
}

export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): PodKey {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
