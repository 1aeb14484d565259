/** How many clients wait in front of the ingress gateway, where the provider can see it. */
import { gatewayLabels, INGRESS_GATEWAY, labelSelector } from '../evidence/ingress-gateway.ts';
import type { Scene } from '../scene/scene.ts';

type Parts = Pick<Scene, 'client'> & { readonly cluster: Pick<Scene['cluster'], 'acceptQueue'> };

/**
 * It is a witness only, so whatever goes wrong ends it and nothing else.
 * @returns how many connections wait there now, the most of all gateway pods; undefined from the first failure on
 */
export async function gatewayQueue({ client, cluster }: Parts): Promise<() => Promise<number | undefined>> {
  const addresses = cluster.acceptQueue ? await gatewayAddresses(client).catch(() => []) : [];
  let canSee = addresses.length > 0;
  return async () => {
    if (!canSee) return undefined;
    try {
      const waiting = await Promise.all(addresses.map((address) => cluster.acceptQueue?.(address)));
      const known = waiting.filter((count) => count !== undefined);
      canSee = known.length === waiting.length;
      return canSee ? Math.max(...known) : undefined;
    } catch {
      canSee = false;
      return undefined;
    }
  };
}

async function gatewayAddresses(client: Scene['client']): Promise<readonly string[]> {
  const pods = await client.list(
    { apiVersion: 'v1', resource: 'pods', namespace: INGRESS_GATEWAY.namespace },
    labelSelector(await gatewayLabels(client)),
  );
  return pods.flatMap(({ status }) => (status as { readonly podIP?: string } | undefined)?.podIP ?? []);
}
