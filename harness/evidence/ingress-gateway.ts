/** Which pods the ingress gateway is: its Service says so, whatever labels somebody's Gateways made them take. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { environmentError } from '../errors/harness-error.ts';

export const INGRESS_GATEWAY = { namespace: 'istio-system', name: 'istio-ingressgateway' } as const;

/** @throws HarnessError INGRESS_GATEWAY_MISSING (exit 3) when there is no such Service, or it selects nothing */
export async function gatewayLabels(client: Pick<ClusterClient, 'get'>): Promise<Readonly<Record<string, string>>> {
  const { namespace, name } = INGRESS_GATEWAY;
  const service = await client.get({ apiVersion: 'v1', resource: 'services', namespace }, name);
  const { selector } = (service?.spec ?? {}) as { selector?: Readonly<Record<string, string>> };
  if (selector === undefined || Object.keys(selector).length === 0)
    throw environmentError('INGRESS_GATEWAY_MISSING', `there is no Service ${namespace}/${name} that selects pods`);
  return selector;
}

/** As the API server takes it. */
export function labelSelector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
