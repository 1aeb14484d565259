/** What a manifest asks for and containers that are host processes do not get: one clear sentence each. */
import { boundingSet, capabilityName } from './cri-credentials.ts';
import type { ContainerConfig, Labels, PodSandboxConfig } from './cri-messages.ts';

export interface Shortfall {
  /** Names the kind of shortfall; one sentence is shown per owner and feature. */
  readonly feature: string;
  /** What is asked for and what happens instead, without the owner's name. */
  readonly text: string;
}

/**
 * `namespace/name` of what made the pod, as far as labels tell: a rollout of ten pods is one line, not ten.
 */
export function podOwner(metadata: { readonly name: string; readonly namespace: string }, labels: Labels): string {
  const withoutSuffix = (suffix: RegExp) => metadata.name.replace(suffix, '');
  const job = labels['batch.kubernetes.io/job-name'] ?? labels['job-name'];
  const hash = labels['pod-template-hash'] ?? labels['rollouts-pod-template-hash'];
  let name = metadata.name;
  if (job !== undefined) name = job;
  else if (hash !== undefined && metadata.name.includes(`-${hash}-`)) name = metadata.name.split(`-${hash}-`)[0]!;
  else if (labels['statefulset.kubernetes.io/pod-name'] !== undefined) name = withoutSuffix(/-\d+$/);
  else if (labels['controller-revision-hash'] !== undefined) name = withoutSuffix(/-[a-z0-9]{5}$/);
  return `${metadata.namespace}/${name}`;
}

/** What a pod as a whole does not get. */
export function sandboxShortfalls(config: PodSandboxConfig): Shortfall[] {
  const found: Shortfall[] = [];
  const options = config.linux?.securityContext?.namespaceOptions;
  if (options?.network !== 'NODE')
    for (const port of config.portMappings.filter(({ hostPort }) => hostPort > 0))
      found.push({
        feature: `hostPort ${port.hostPort}`,
        text: `hostPort ${port.hostPort} is not opened on the node; reach the pod by its address or a Service`,
      });
  if (options?.usernsOptions?.mode === 'POD')
    found.push({
      feature: 'hostUsers',
      text: 'hostUsers: false is not enforced; the pod has no user namespace of its own',
    });
  return found;
}

const MEBIBYTE = 1024 * 1024;

/**
 * What one container does not get.
 * @param available capabilities this machine can grant
 * @param enforced resources that control groups enforce here
 */
export function containerShortfalls(
  config: ContainerConfig,
  available: readonly string[],
  enforced: { readonly cpu: boolean; readonly memory: boolean } = { cpu: false, memory: false },
): Shortfall[] {
  const found: Shortfall[] = [];
  const report = (feature: string, text: string) => found.push({ feature, text });
  const resources = config.linux?.resources;
  const quota = Number(resources?.cpuQuota ?? 0);
  if (quota > 0 && !enforced.cpu)
    report(
      'cpu limit',
      `the CPU limit (${round(quota / Number(resources?.cpuPeriod || 100_000))} cores) is not enforced; containers share the machine's cores`,
    );
  const memory = Number(resources?.memoryLimitInBytes ?? 0);
  if (memory > 0 && !enforced.memory)
    report(
      'memory limit',
      `the memory limit (${Math.round(memory / MEBIBYTE)} MiB) is not enforced; nothing is killed for using more`,
    );
  if (resources?.hugepageLimits.some(({ limit }) => limit !== '0'))
    report('hugepages', 'limits of huge pages are not enforced');
  for (const shortfall of securityShortfalls(config, available)) found.push(shortfall);
  for (const mount of config.mounts) {
    if (mount.propagation !== 'PROPAGATION_PRIVATE')
      report(
        `mountPropagation ${mount.containerPath}`,
        `mount propagation of ${mount.containerPath} is not carried out; mounts made later are not seen on the other side`,
      );
    if (mount.image !== null && mount.image.image !== '')
      report(
        `image volume ${mount.containerPath}`,
        `the image volume at ${mount.containerPath} is not mounted; the local cluster has no images`,
      );
    if (mount.recursiveReadOnly)
      report(
        `recursiveReadOnly ${mount.containerPath}`,
        `${mount.containerPath} is mounted read-only, mounts inside it are not`,
      );
  }
  return found;
}

function securityShortfalls(config: ContainerConfig, available: readonly string[]): Shortfall[] {
  const security = config.linux?.securityContext;
  if (!security) return [];
  const found: Shortfall[] = [];
  if (security.seccomp && security.seccomp.profileType !== 'Unconfined')
    found.push({
      feature: 'seccomp',
      text: `the seccomp profile ${security.seccomp.localhostRef || security.seccomp.profileType} is not loaded; system calls are not filtered`,
    });
  if (security.apparmor && security.apparmor.profileType !== 'Unconfined' && !isDefaultApparmor(security.apparmor))
    found.push({
      feature: 'apparmor',
      text: `the AppArmor profile ${security.apparmor.localhostRef || security.apparmor.profileType} is not loaded`,
    });
  const selinux = security.selinuxOptions;
  if (selinux && [selinux.user, selinux.role, selinux.type, selinux.level].some((part) => part !== ''))
    found.push({ feature: 'selinux', text: 'SELinux options are not applied' });
  if (security.runAsUsername !== '')
    found.push({
      feature: 'runAsUserName',
      text: `user name ${security.runAsUsername} is not looked up; the image's numeric user is kept`,
    });
  if (security.privileged)
    found.push({
      feature: 'privileged',
      text: "privileged: the container gets this machine's capabilities and its pod's network settings, but no devices and no kernel settings of the host",
    });
  const granted = new Set(boundingSet(security, available));
  const asked = (security.capabilities?.addCapabilities ?? []).map(capabilityName).filter((name) => name !== 'ALL');
  for (const name of asked)
    if (!granted.has(name) && !security.capabilities?.dropCapabilities.map(capabilityName).includes(name))
      found.push({
        feature: name,
        text: `${name} is not granted: it reaches the whole machine, or this machine does not have it`,
      });
  return found;
}

/** The kubelet asks for the runtime's default where nothing is asked for. */
function isDefaultApparmor(profile: { readonly profileType: string }): boolean {
  return profile.profileType === 'RuntimeDefault';
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Collects sentences, each once per owner and feature. */
export class ShortfallLedger {
  readonly #seen = new Map<string, string>();
  readonly #listener: ((sentence: string) => void) | undefined;

  constructor(listener?: (sentence: string) => void) {
    this.#listener = listener;
  }

  add(owner: string, container: string | undefined, shortfalls: readonly Shortfall[]): void {
    for (const { feature, text } of shortfalls) {
      const key = `${owner}\n${container ?? ''}\n${feature}`;
      if (this.#seen.has(key)) continue;
      const sentence = `${owner}${container === undefined ? '' : `, container ${container}`}: ${text}`;
      this.#seen.set(key, sentence);
      this.#listener?.(sentence);
    }
  }

  sentences(): readonly string[] {
    return [...this.#seen.values()];
  }
}
