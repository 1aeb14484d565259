/**
 * A container whose image is not run but replaced, by the stand-in workload or by a program of the user's: what of the
 * manifest holds for the program that is really there, and what was meant for the one that is not. Pure, but for asking.
 */
import type { CatalogueEntry } from './cri-catalogue.ts';
import type { ContainerConfig, Labels, PodSandboxConfig } from './cri-messages.ts';
import { type RuntimeOrders, RuntimeRefusal } from './cri-runtime-orders.ts';

/** Where the kubelet writes a container's ports, which are in no field of the CRI. */
const PORTS_ANNOTATION = 'io.kubernetes.container.ports';
/** What `{hash}` stands for: the label by which Argo Rollouts, else Kubernetes, tells the pods of two templates apart. */
const HASH_LABELS = ['rollouts-pod-template-hash', 'pod-template-hash'];
/** Read by Node and by the loader before any program is: they were meant for another one. */
const LOADER_VARIABLE = /^(?:NODE_|LD_)/;
export const OWN_PREFIX = 'CANARYPROOF_';
const DEFAULT_PORT = 9080;
/** Keys of labels hold no colon. */
const LABEL = /\{label:([^{}:]+)(?::-([^{}]*))?\}/g;

type Replaced = Pick<CatalogueEntry, 'env' | 'replaces'>;

/**
 * @returns the container as it is to be started: without the manifest's command, arguments and working directory, the
 *   replacing program's variables over the manifest's
 */
export function asReplaced(
  config: ContainerConfig,
  image: Replaced,
  pod: Pick<PodSandboxConfig, 'labels' | 'metadata'>,
): ContainerConfig {
  if (image.replaces === undefined) return config;
  const given = new Set(config.envs.map(({ key }) => key).filter((key) => key.startsWith(OWN_PREFIX)));
  const filled = filledIn(image.env ?? {}, pod.labels, config.metadata.name);
  // whoever writes the prefix into a manifest means what runs here, and this pod of it: a trial's version, a first
  // behaviour. The user's own program reads the plain name, which a trial writes beside it and the profile must not hide
  const own = Object.fromEntries(
    Object.entries(filled).filter(([name]) => !given.has(name) && !given.has(OWN_PREFIX + name)),
  );
  const theirs = config.envs.filter(({ key }) => !(key in own) && !(isStandIn(image) && LOADER_VARIABLE.test(key)));
  const ports = isStandIn(image) ? standInPorts(own, config) : {};
  const added = Object.entries({ ...own, ...ports }).map(([key, value]) => ({ key, value }));
  return { ...config, command: [], args: [], workingDir: '', envs: [...theirs, ...added] };
}

function isStandIn(image: Replaced): boolean {
  return image.replaces === 'stand-in';
}

/** `{hash}`, `{label:KEY}` and `{container}` in the values; a label that the pod lacks is what stands behind `:-`, or empty. */
function filledIn(env: Labels, labels: Labels, container: string): Record<string, string> {
  const hash = HASH_LABELS.map((name) => labels[name]).find((value) => value !== undefined) ?? '';
  const fill = (value: string) =>
    value
      .replaceAll('{hash}', hash)
      .replaceAll('{container}', container)
      .replaceAll(LABEL, (_, key: string, otherwise = '') => labels[key] ?? otherwise);
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
}

/** Every port that the profile or the pod's template names. */
function standInPorts(own: Labels, config: Pick<ContainerConfig, 'annotations'>): Record<string, string> {
  const named = [own[`${OWN_PREFIX}PORT`] ?? '', ...(own[`${OWN_PREFIX}PORTS`] ?? '').split(',')];
  const ports = new Set([...named.map((text) => text.trim()).filter(Boolean), ...declaredPorts(config).map(String)]);
  return ports.size === 0 ? {} : { [`${OWN_PREFIX}PORTS`]: [...ports].join(',') };
}

/** TCP ports of the container, as the manifest has them. */
export function declaredPorts({ annotations }: Pick<ContainerConfig, 'annotations'>): number[] {
  const text = annotations[PORTS_ANNOTATION];
  if (text === undefined) return [];
  try {
    const ports = JSON.parse(text) as readonly { containerPort?: unknown; protocol?: unknown }[];
    return ports
      .filter(({ protocol }) => protocol === undefined || protocol === 'TCP')
      .flatMap(({ containerPort }) => (typeof containerPort === 'number' ? [containerPort] : []));
  } catch {
    return [];
  }
}

type ExecSync = (
  params: RuntimeOrders['execSync']['params'],
) => Promise<{ stdout: string | null; stderr: string | null; exitCode: number }>;

/**
 * `exec` of the kubelet in a stand-in: the tools of the replaced image are not there. A probe has a time limit and asks
 * whether the program serves, which is asked in its place; once it does, it does until it ends. A hook has none: it
 * is run for what it may do (sleeping before the end), and is never a reason to end the container.
 * @param served remembers the containers that have answered
 */
export async function execInStandIn(
  execSync: ExecSync,
  params: RuntimeOrders['execSync']['params'],
  config: Pick<ContainerConfig, 'envs'>,
  served: Set<string>,
): ReturnType<ExecSync> {
  if (params.timeoutMs === 0) return { ...(await execSync(params).catch(nothingToRun)), exitCode: 0 };
  const { containerId } = params;
  if (served.has(containerId)) return { stdout: null, stderr: null, exitCode: 0 };
  const answer = await execSync({ ...params, argv: ['/usr/local/bin/node', '-e', connectTo(firstPort(config))] });
  if (answer.exitCode === 0) served.add(containerId);
  return answer;
}

/** The hook's program is one of the image's, which is not there. */
function nothingToRun(error: unknown): Awaited<ReturnType<ExecSync>> {
  if (error instanceof RuntimeRefusal && error.code === 'failed') return { stdout: null, stderr: null, exitCode: 0 };
  throw error;
}

/** At which the stand-in is asked whether it serves. */
export function firstPort({ envs }: Pick<ContainerConfig, 'envs'>): number {
  const of = (name: string) => envs.find(({ key }) => key === `${OWN_PREFIX}${name}`)?.value;
  return Number((of('PORT') ?? of('PORTS') ?? '').split(',')[0]) || DEFAULT_PORT;
}

function connectTo(port: number): string {
  return (
    `const s=require('net').connect(${port},'127.0.0.1');` +
    "s.once('connect',()=>process.exit(0));s.once('error',(e)=>{console.error(e.message);process.exit(1)})"
  );
}
