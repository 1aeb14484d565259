/** Which Kubernetes an addon can run on, said before anything is installed. */
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { parseAnswer } from '../../../k8s/client/api-request.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';

/**
 * Oldest minor version of Kubernetes 1 for which an addon is made. Istio: the support table of istio.io lists the
 * versions of a release, and 1.29 is the oldest of any that is still maintained; Argo CD 3.5 and Argo Rollouts are
 * tested with the four newest; Prometheus needs EndpointSlices (1.21).
 */
const OLDEST_MINOR: Readonly<Record<string, number>> = {
  istio: 29,
  argocd: 29,
  'argo-rollouts': 29,
  prometheus: 21,
};

/** @throws HarnessError VERSION_UNSUPPORTED naming every addon that cannot run there */
export function checkSupportedVersion(gitVersion: string, addons: readonly string[]): void {
  const minor = Number(/^v?1\.(\d+)/.exec(gitVersion)?.[1]);
  if (!Number.isFinite(minor)) return;
  const tooNew = addons.flatMap((addon) => {
    const oldest = OLDEST_MINOR[addon];
    return oldest !== undefined && minor < oldest ? [`${addon} needs 1.${oldest} or newer`] : [];
  });
  if (tooNew.length === 0) return;
  throw environmentError('VERSION_UNSUPPORTED', `the cluster runs Kubernetes ${gitVersion}: ${tooNew.join(', ')}`, {
    hint: 'Use a newer cluster, an older component (--component NAME=VERSION), or a profile without that addon.',
  });
}

/** The same for a live cluster. */
export async function requireSupportedVersion(client: ClusterClient, addons: readonly string[]): Promise<void> {
  const text = await client.getText('/version');
  const { gitVersion = '' } = parseAnswer<{ gitVersion?: string }>(text, '/version', () => true);
  checkSupportedVersion(gitVersion, addons);
}
