/**
 * Which paths of the node a container may mount. The node sees this machine's own files, so a hostPath of a manifest
 * would be the machine's: it is refused, whoever runs the cluster.
 *
 * A pod gets what the kubelet keeps for that very pod (its volumes, /etc/hosts, termination messages), and folders
 * directly below HOST_PATHS, which are the node's own, empty at first, and go with it. No pod can see their parent, so
 * none can put a link in the place of another one's folder.
 */
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';

/** Where a hostPath may be, in the node. */
export const HOST_PATHS = '/var/lib/canaryproof/host-path';

export interface HostPathRule {
  /** The kubelet's root directory. */
  readonly kubelet: string;
  readonly hostPaths: string;
}

/** @returns why the path may not be mounted into a container of the pod, or undefined */
export async function refuseHostPath(
  { kubelet, hostPaths }: HostPathRule,
  podUid: string,
  hostPath: string,
): Promise<string | undefined> {
  const refusal = `the manifest mounts ${hostPath} of the node, which is this machine; here a hostPath may only be a folder directly below ${hostPaths}`;
  const at = hostPath.replace(/(?<=.)\/$/, '');
  if (!path.isAbsolute(at) || path.normalize(at) !== at) return refusal;
  if (path.dirname(at) === hostPaths) {
    const found = await lstat(at).catch(() => undefined);
    // what is not there is made, as container engines do
    return found === undefined || found.isDirectory() ? undefined : refusal;
  }
  const own = path.join(kubelet, 'pods', podUid);
  if (podUid === '' || podUid.includes('/') || podUid.startsWith('.') || !at.startsWith(`${own}/`)) return refusal;
  // the kubelet has made it before it asks; links in it lead nowhere else
  const real = await realpath(at).catch(() => at);
  return real === at || real.startsWith(`${await realpath(own).catch(() => own)}/`) ? undefined : refusal;
}
