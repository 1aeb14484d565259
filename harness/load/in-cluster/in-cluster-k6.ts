/**
 * Runs k6 as a Job and behaves like k6 on this machine: evidence to a named pipe, progress to stdout, its own words to
 * stderr, its exit code. So a load runner that starts a program need not know where that program's work is done.
 */
import { randomBytes } from 'node:crypto';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { LOAD_LABEL } from '../../../k8s/client/ownership.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { LineSplitter } from '../evidence/line-splitter.ts';
import { K6_JOB_ENVIRONMENT } from '../k6/k6-command.ts';
import { K6_CONTAINER, k6Job, LONGEST_SCRIPT_BYTES } from './k6-job.ts';
import { k6TestRun, runnerSelector, TEST_RUNS } from './k6-test-run.ts';
import { RunnerMerge } from './merge-runners.ts';
import { requireTestRunFits } from './test-run-definition.ts';

export interface InClusterRun {
  readonly namespace: string;
  readonly meshed: boolean;
  readonly image: string;
  readonly script: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runners: number;
  /** From its start; a run that is told to last longer is cut off. */
  readonly deadlineSeconds: number;
  /** For k6 in its pod, beside what every k6 gets. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface InClusterPorts {
  readonly client: ClusterClient;
  readonly follow: (pod: string, onBytes: (bytes: Uint8Array) => void, signal: AbortSignal) => Promise<void>;
  evidence(line: string): void;
  progress(line: string): void;
  log(line: string): void;
}

const STARTED_MS = 120_000;
const ENDED_MS = 30_000;
const STOP_SECONDS = 30;
/** k6's own exit code after an interrupt. */
const INTERRUPTED = 105;

/**
 * One runner is a Job, several are a TestRun of the k6-operator.
 * @param signal the first abort asks k6 to end in order: its books still come
 * @returns k6's exit code, of several runners the first that is not 0
 * @throws HarnessError LOAD_JOB_NOT_STARTED, LOAD_JOB_LOST, SCRIPT_TOO_LONG, K6_OPERATOR_MISSING, TEST_RUN_REFUSED
 */
export async function runK6InCluster(run: InClusterRun, ports: InClusterPorts, signal: AbortSignal): Promise<number> {
  const { client } = ports;
  const { namespace, runners } = run;
  const name = `k6-${randomBytes(5).toString('hex')}`;
  const options = {
    ...run,
    name,
    stopSeconds: STOP_SECONDS,
    environment: { ...K6_JOB_ENVIRONMENT, ...run.environment },
  };
  const objects = runners > 1 ? k6TestRun(options) : k6Job(options);
  const [configMap, work] = objects;
  if (Buffer.byteLength(JSON.stringify(configMap)) > LONGEST_SCRIPT_BYTES)
    throw environmentError('SCRIPT_TOO_LONG', 'the bundled scenario does not fit into a ConfigMap');
  if (runners > 1) await requireTestRunFits(client, work);
  const selector = runners > 1 ? runnerSelector(name) : `${LOAD_LABEL}=${name}`;
  try {
    await client.apply(objects);
    await bindScript(client, work, configMap);
    const pods = await startedPods(ports, { namespace, selector, runners, work: name }, signal);
    if (pods === undefined) return INTERRUPTED;
    const merge = new RunnerMerge(runners, ports);
    const codes = await Promise.all(
      pods.map((pod, runner) => followRunner(ports, namespace, pod, (line) => merge.take(runner, line), signal)),
    );
    merge.end();
    return codes.find((code) => code !== 0) ?? 0;
  } finally {
    await removeWork(client, namespace, name, selector, runners);
  }
}

/** The script goes when the Job goes, by whomever and whenever. */
async function bindScript(client: ClusterClient, work: KubeObject, { metadata }: KubeObject): Promise<void> {
  const { apiVersion = '', kind = '' } = work;
  const { name, namespace = '' } = metadata;
  const made = await client.get(await client.locate({ apiVersion, kind, namespace }), name);
  // gone already: then the script is removed with the rest
  if (made?.metadata.uid === undefined) return;
  const ownerReferences = [{ apiVersion, kind, name, uid: made.metadata.uid }];
  const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace };
  await client.patch(configMaps, name, 'merge', { metadata: { ownerReferences } });
}

/** Hands over every line of one runner until it has ended. */
async function followRunner(
  ports: InClusterPorts,
  namespace: string,
  pod: string,
  take: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const lines = new LineSplitter(take);
  const over = new AbortController();
  const stop = (): void => {
    // as `docker stop` does it: SIGTERM, on which k6 closes its books
    ports.client.delete({ apiVersion: 'v1', resource: 'pods', namespace }, pod).catch(() => undefined);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  const ended = awaitEnd(ports, namespace, pod, over.signal);
  try {
    await ports
      .follow(pod, (bytes) => lines.push(Buffer.from(bytes)), over.signal)
      .catch((cause: unknown) => {
        throw environmentError('LOAD_JOB_LOST', `the log of the k6 pod ${namespace}/${pod} broke off`, {
          hint: 'Evidence that is missing makes a run invalid; run it again.',
          cause,
        });
      });
    lines.end();
    const limit = setTimeout(() => over.abort(), ENDED_MS);
    const exitCode = await ended;
    clearTimeout(limit);
    // a pod that was deleted may be gone before anybody saw its end
    return exitCode ?? (signal.aborted ? INTERRUPTED : 1);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly state?: {
      readonly running?: object;
      readonly waiting?: { readonly reason?: string; readonly message?: string };
      readonly terminated?: { readonly exitCode: number };
    };
  }[];
}

function k6State(pod: KubeObject | undefined) {
  const { containerStatuses = [] } = (pod?.status ?? {}) as PodStatus;
  return containerStatuses.find(({ name }) => name === K6_CONTAINER)?.state;
}

const HOPELESS = /^(ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|ErrImagePull|ImagePullBackOff)$/;

interface Wanted {
  readonly namespace: string;
  readonly selector: string;
  readonly runners: number;
  readonly work: string;
}

/** Names of the runners' pods once the k6 of each runs or has run; undefined when the signal came first. */
async function startedPods(
  { client }: InClusterPorts,
  { namespace, selector, runners, work }: Wanted,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const labels = selector.split(',').map((pair) => pair.split('='));
  const over = new AbortController();
  const started = new Set<string>();
  let waiting = 'no pod yet';
  let hopeless = false;
  const limit = AbortSignal.timeout(STARTED_MS);
  await client.watch(
    { apiVersion: 'v1', resource: 'pods', namespace },
    (type, pod) => {
      if (type === 'DELETED' || labels.some(([key = '', value]) => pod.metadata.labels?.[key] !== value)) return;
      const state = k6State(pod);
      if (state?.running || state?.terminated) started.add(pod.metadata.name);
      if (state?.waiting) waiting = `${state.waiting.reason ?? 'waiting'} ${state.waiting.message ?? ''}`.trim();
      hopeless = HOPELESS.test(state?.waiting?.reason ?? '');
      if (started.size === runners || hopeless) over.abort();
    },
    AbortSignal.any([over.signal, limit, signal]),
  );
  if (started.size === runners) return [...started].sort();
  if (signal.aborted) return undefined;
  throw environmentError('LOAD_JOB_NOT_STARTED', `k6 did not start in the cluster: ${waiting}`, {
    where: `${namespace}/${work}`,
    hint: hopeless
      ? 'The nodes need the image: preload it, or name one that they can pull.'
      : 'Look at the events of the namespace: a quota, an admission rule, or no room on the nodes?',
  });
}

async function awaitEnd(
  { client }: InClusterPorts,
  namespace: string,
  pod: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const over = new AbortController();
  let exitCode: number | undefined;
  await client.watch(
    { apiVersion: 'v1', resource: 'pods', namespace },
    (type, object) => {
      exitCode = k6State(object)?.terminated?.exitCode ?? exitCode;
      if (exitCode !== undefined || type === 'DELETED') over.abort();
    },
    AbortSignal.any([over.signal, signal]),
    `metadata.name=${pod}`,
  );
  return exitCode;
}

async function removeWork(
  client: ClusterClient,
  namespace: string,
  name: string,
  selector: string,
  runners: number,
): Promise<void> {
  if (runners > 1) await client.delete({ ...TEST_RUNS, namespace }, name);
  else await client.delete({ apiVersion: 'batch/v1', resource: 'jobs', namespace }, name);
  // a Job deleted through the API leaves its pods unless they are named too
  const pods = { apiVersion: 'v1', resource: 'pods', namespace };
  const left = await client.list(pods, selector);
  await Promise.all(left.map((pod) => client.delete(pods, pod.metadata.name)));
  await client.delete({ apiVersion: 'v1', resource: 'configmaps', namespace }, name);
}
