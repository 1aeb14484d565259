/** Whether an existing cluster can be used as it is: it answers, it may be used, and it has what the profile needs. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ApiError } from '../../k8s/client/api-request.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import { isRolledOut } from '../../k8s/client/readiness.ts';

/** @throws HarnessError API_UNREACHABLE, API_FORBIDDEN */
export async function requireApi(client: ClusterClient, context: string): Promise<void> {
  await client.getText('/version').catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof ApiError && (cause.status === 401 || cause.status === 403))
      throw environmentError('API_FORBIDDEN', `context ${context}: ${reason}`, {
        hint: `Are the credentials of the context still good? Try: kubectl --context ${context} version`,
        cause,
      });
    throw environmentError('API_UNREACHABLE', `context ${context}: ${reason}`, {
      hint: `Does it work with: kubectl --context ${context} version`,
      cause,
    });
  });
}

interface Workload {
  readonly resource: 'deployments' | 'statefulsets';
  readonly namespace: string;
  readonly name: string;
}

/** What must be available for an addon to count as there; the names are those of the upstream installations. */
const WORKLOADS: Readonly<Record<string, readonly Workload[]>> = {
  istio: [
    { resource: 'deployments', namespace: 'istio-system', name: 'istiod' },
    { resource: 'deployments', namespace: 'istio-system', name: 'istio-ingressgateway' },
  ],
  argocd: [
    { resource: 'deployments', namespace: 'argocd', name: 'argocd-repo-server' },
    { resource: 'statefulsets', namespace: 'argocd', name: 'argocd-application-controller' },
  ],
  prometheus: [{ resource: 'deployments', namespace: 'monitoring', name: 'prometheus' }],
  'argo-rollouts': [{ resource: 'deployments', namespace: 'argo-rollouts', name: 'argo-rollouts' }],
};

/** Where the pods of these addons run. */
export function addonNamespaces(addons: readonly string[]): readonly string[] {
  return [...new Set(addons.flatMap((addon) => (WORKLOADS[addon] ?? []).map(({ namespace }) => namespace)))];
}

/** Names of the addons of which a workload is missing or not available, each with what is missing. */
export async function missingAddons(
  client: ClusterClient,
  addons: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const missing = new Map<string, readonly string[]>();
  for (const addon of addons) {
    const found = await Promise.all(
      (WORKLOADS[addon] ?? []).map(async ({ resource, namespace, name }) => {
        const object = await client.get({ apiVersion: 'apps/v1', resource, namespace }, name);
        return isRolledOut(object) ? undefined : `${resource.slice(0, -1)} ${namespace}/${name}`;
      }),
    );
    const problems = found.filter((problem) => problem !== undefined);
    if (problems.length > 0) missing.set(addon, problems);
  }
  return missing;
}

/** @throws HarnessError ADDON_MISSING */
export function requireAddons(missing: ReadonlyMap<string, readonly string[]>, context: string): void {
  if (missing.size === 0) return;
  const list = [...missing].map(([addon, problems]) => `${addon} (${problems.join(', ')} not available)`);
  throw environmentError('ADDON_MISSING', `the cluster of ${context} lacks ${list.join('; ')}`, {
    hint: 'Nothing was changed. Install them, or let canaryproof do it with --install-addons; `down` removes them again.',
  });
}
