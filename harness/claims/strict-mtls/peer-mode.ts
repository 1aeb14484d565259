/**
 * Which PeerAuthentication decides for a port, as Istio resolves them: the port's own mode of the one that selects the
 * workload, then that one's, then the namespace's, then the mesh's; without any of them plain text is taken. Pure.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';

/** Of the mesh, where its root namespace is the one that Istio is installed in. */
export const ROOT_NAMESPACE = 'istio-system';

interface PeerSpec {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly mtls?: { readonly mode?: string };
  readonly portLevelMtls?: Readonly<Record<string, { readonly mode?: string }>>;
}

export interface PeerMode {
  readonly mode: string;
  /** Who says so: "PeerAuthentication mesh/orders". */
  readonly by: string;
}

export function peerModeOf(policies: readonly KubeObject[], pod: KubeObject, port: number): PeerMode {
  const { namespace, labels = {} } = pod.metadata;
  const selects = ({ selector }: PeerSpec) =>
    Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const isWhole = ({ selector }: PeerSpec) => Object.keys(selector?.matchLabels ?? {}).length === 0;
  const inside = policies.filter(({ metadata }) => metadata.namespace === namespace).map(toPolicy);
  const ordered = [
    ...inside.filter(({ spec }) => !isWhole(spec) && selects(spec)),
    ...inside.filter(({ spec }) => isWhole(spec)),
    ...policies
      .filter(({ metadata }) => metadata.namespace === ROOT_NAMESPACE)
      .map(toPolicy)
      .filter(({ spec }) => isWhole(spec)),
  ];
  for (const { name, spec } of ordered) {
    const mode = (isWhole(spec) ? undefined : spec.portLevelMtls?.[String(port)]?.mode) ?? spec.mtls?.mode;
    if (mode !== undefined && mode !== 'UNSET') return { mode, by: name };
  }
  return { mode: 'PERMISSIVE', by: 'no PeerAuthentication' };
}

const toPolicy = ({ metadata: { name, namespace }, spec }: KubeObject) => ({
  name: `PeerAuthentication ${namespace}/${name}`,
  spec: (spec ?? {}) as PeerSpec,
});
