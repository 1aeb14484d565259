/** Switches faults of running stand-in pods on and off, through their own loopback address. */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubeObject } from '../../k8s/client/object.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';
import { adminPortOf, TOKEN_HEADER } from '../../k8s/workload/admin-port.ts';
import { environmentError } from '../errors/harness-error.ts';
import { ProgramError, runProgram } from '../process/run-program.ts';
import { HASH_LABEL } from '../rollouts/rollout-object.ts';
import type { Scene } from '../scene/scene.ts';

export type BehaviourChange = Readonly<Record<string, unknown>>;

export interface ChangedPod {
  readonly pod: string;
  /** When the pod changed, by its own clock; Unix milliseconds. */
  readonly atMs: number;
  /** When it changed back; undefined: it was not asked to, or was gone by then. */
  readonly offMs: number | undefined;
}

/**
 * Posts the document, or reads where there is none, and prints the answer; runs in the pod's network namespace, so it must
 * be a program of its own.
 */
const ASK = [
  'const [url, body, at, forMs] = process.argv.slice(1);',
  'const ask = async (text) => {',
  '  const headers = { [process.env.TOKEN_HEADER]: process.env.TOKEN };',
  '  const answer = await fetch(url, text === "" ? { headers } : { method: "POST", body: text, headers });',
  '  process.stdout.write((await answer.text()).trim() + "\\n");',
  '  if (!answer.ok) process.exitCode = 1;',
  '};',
  'const until = (time) => new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));',
  'const why = (error) => error.cause?.message || error.message;',
  'await until(Number(at));',
  'const onMs = Math.max(Number(at), Date.now());',
  'await ask(body).catch((error) => { console.error(why(error)); process.exit(1); });',
  'if (forMs !== "") {',
  '  await until(onMs + Number(forMs));',
  // its pod may have gone meanwhile, and the fault with it
  '  await ask("{}").catch((error) => console.log(JSON.stringify({ unreachable: why(error) })));',
  '}',
].join('\n');

export interface BehaviourTiming {
  /** Unix milliseconds; entering the pod takes a while, so what must be punctual is told beforehand. Default: at once. */
  readonly atMs?: number;
  /** Switched off again after so long; undefined: stays. */
  readonly forMs?: number;
}

/** Pods of one pod-template hash that are not on their way out. */
async function podsOfHash(scene: Scene, namespace: string, hash: string): Promise<readonly KubeObject[]> {
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, `${HASH_LABEL}=${hash}`);
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/**
 * @returns every pod with the time of its change
 * @throws HarnessError BEHAVIOUR_NO_PODS, BEHAVIOUR_REFUSED, BEHAVIOUR_STAYS
 */
export async function changeBehaviour(
  scene: Scene,
  namespace: string,
  hash: string,
  change: BehaviourChange,
  timing: BehaviourTiming = {},
): Promise<readonly ChangedPod[]> {
  const { atMs = 0, forMs } = timing;
  const pods = (await podsOfHash(scene, namespace, hash)).filter((pod) => isPodReady(pod));
  if (pods.length === 0)
    throw environmentError('BEHAVIOUR_NO_PODS', `no ready pod of ${hash} in ${namespace}`, { where: namespace });
  return Promise.all(
    pods.map(async (pod) => {
      const { name } = pod.metadata;
      const asked = { body: JSON.stringify(change), atMs, forMs };
      const [on = '', off] = await askStandIn(scene, pod, asked).catch((error: unknown) => {
        throw error instanceof ProgramError ? refused(name, error.stderr.trim() || error.stdout.trim()) : error;
      });
      const isGone = off !== undefined && !(await tookBack(scene, namespace, hash, pod, off));
      return {
        pod: name,
        atMs: changedAt(on, name),
        offMs: off === undefined || isGone ? undefined : changedAt(off, name),
      };
    }),
  );
}

/**
 * Whether the pod answered when its fault should end: where it did not, it must be gone or on its way out.
 * @throws HarnessError BEHAVIOUR_STAYS
 */
async function tookBack(scene: Scene, namespace: string, hash: string, pod: KubeObject, answer: string) {
  const unreachable = /^\{"unreachable":(".*")\}$/.exec(answer)?.[1];
  if (unreachable === undefined) return true;
  const left = await podsOfHash(scene, namespace, hash);
  if (left.some(({ metadata }) => metadata.uid === pod.metadata.uid))
    throw environmentError(
      'BEHAVIOUR_STAYS',
      `${pod.metadata.name} could not be told to end its fault: ${JSON.parse(unreachable)}`,
      { where: pod.metadata.name, hint: 'The pod is still there, and may go on to err until it is deleted.' },
    );
  return false;
}

interface Asked {
  /** Absent: the state is read and nothing changed. */
  readonly body?: string;
  readonly atMs?: number;
  readonly forMs?: number | undefined;
  /** Default: the scene's. */
  readonly signal?: AbortSignal;
}

/**
 * @returns a line for every answer
 * @throws ProgramError when the stand-in refuses, or cannot be reached; the reason of the signal
 */
export async function askStandIn(
  scene: Scene,
  pod: KubeObject,
  { body = '', atMs = 0, forMs, signal = scene.signal }: Asked,
): Promise<readonly string[]> {
  const { name, namespace = '' } = pod.metadata;
  const key = await readFile(scene.cluster.kubeconfigPath);
  const { argvPrefix } = await scene.cluster.loadAt({ kind: 'mesh', namespace, pod: name });
  const url = `http://127.0.0.1:${adminPortOf(applicationPort(pod))}/-/behaviour`;
  const [program, ...args] = [
    ...argvPrefix,
    ...[process.execPath, '--input-type=module', '-e', ASK],
    ...[url, body, String(atMs), String(forMs ?? '')],
  ];
  const { stdout } = await runProgram([program ?? process.execPath, ...args], {
    timeoutMs: 15_000 + Math.max(0, atMs - scene.now()) + (forMs ?? 0),
    signal,
    // not among the arguments, which every user of the machine can read
    env: { TOKEN_HEADER, TOKEN: behaviourToken(key, pod) },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  return stdout.trim().split('\n');
}

/**
 * What a pod's stand-in takes as the right to change it. The same for every run on this cluster, because a later run
 * must be able to switch off what a killed one left on; and for nobody else, because only its owner has the kubeconfig.
 */
export function behaviourToken(kubeconfig: Uint8Array, pod: KubeObject): string {
  return createHmac('sha256', kubeconfig)
    .update(`behaviour of ${pod.metadata.uid ?? pod.metadata.name}`)
    .digest('hex');
}

function applicationPort(pod: KubeObject): number {
  const { containers } = pod.spec as {
    containers: readonly { name: string; ports?: readonly { containerPort: number }[] }[];
  };
  const application = containers.find(({ name }) => name !== 'istio-proxy');
  return application?.ports?.[0]?.containerPort ?? 9080;
}

function changedAt(answer: string, pod: string): number {
  try {
    const { changedAtMs } = JSON.parse(answer) as { changedAtMs?: unknown };
    if (typeof changedAtMs === 'number') return changedAtMs;
  } catch {
    // told below
  }
  throw refused(pod, answer);
}

function refused(pod: string, answer: string) {
  return environmentError('BEHAVIOUR_REFUSED', `${pod} did not take the change: ${answer.slice(0, 200)}`, {
    where: pod,
    hint: 'Faults can be switched on only in the stand-in workload.',
  });
}
