/**
 * istiod writes its certificate into every namespace, those of others included; without it nobody takes them away. They
 * bear no label of ours, so they are known by their content: what our own istiod wrote into its own namespace, which
 * another istiod never writes, and only where it came after ours.
 */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isMadeBy } from '../../k8s/client/ownership.ts';
import type { IstioTraces } from '../access/machines/machine-state.ts';

/** Source: istio's pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go. */
const ISTIO = { namespace: 'istio-system', configMaps: ['istio-ca-root-cert', 'istio-ca-crl'] } as const;
const CONFIG_MAPS = { apiVersion: 'v1', resource: 'configmaps' } as const;
const SELECTOR = 'istio.io/config=true';

const contentOf = (map: KubeObject): string => JSON.stringify([map.data ?? {}, map.binaryData ?? {}]);

/** What an istiod of ours writes; undefined where there is none. To be written down before it is removed. */
export async function findIstioTraces(client: ClusterClient, installation: string): Promise<IstioTraces | undefined> {
  const { namespace } = ISTIO;
  const found = await client.get({ apiVersion: 'v1', resource: 'namespaces' }, namespace);
  const place = { group: '', resource: 'namespaces', namespace: undefined, name: namespace };
  if (!found || !isMadeBy({ installation }, found, place)) return undefined;
  const sinceMs = Date.parse(String(found.metadata.creationTimestamp));
  if (Number.isNaN(sinceMs)) return undefined;
  const maps = await client.list({ ...CONFIG_MAPS, namespace }, SELECTOR);
  const named = maps.filter(({ metadata }) => ISTIO.configMaps.some((name) => name === metadata.name));
  return { sinceMs, contents: Object.fromEntries(named.map((map) => [map.metadata.name, contentOf(map)])) };
}

/** @returns how many were removed; @throws whatever the API answers but 404 */
export async function removeIstioTraces(client: ClusterClient, traces: IstioTraces): Promise<number> {
  const maps = await client.list(CONFIG_MAPS, SELECTOR);
  const left = maps.filter(
    (map) =>
      traces.contents[map.metadata.name] === contentOf(map) &&
      Date.parse(String(map.metadata.creationTimestamp)) >= traces.sinceMs,
  );
  for (const { metadata } of left) {
    const { name, namespace = 'default' } = metadata;
    await client.delete({ ...CONFIG_MAPS, namespace }, name, metadata);
  }
  return left.length;
}
