/**
 * Runs k6 as a Job and behaves like k6 on this machine: evidence to a named pipe, progress to stdout, its own words to
 * stderr, its exit code. So a load runner that starts a program need not know where that program's work is done.
 */
import { randomBytes } from 'node:crypto';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { LOAD_LABEL } from '../../../k8s/client/ownership.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { K6_JOB_ENVIRONMENT } from '../k6/k6-command.ts';
import { type FollowPorts, followRunner, INTERRUPTED } from './follow-runner.ts';
import { followSharing } from './follow-sharing.ts';
import { k6Job, k6Jobs, LONGEST_SCRIPT_BYTES } from './k6-job.ts';
import { k6TestRun, runnerSelector, type TestRunOptions } from './k6-test-run.ts';
import { RunnerMerge, type SharedLoad } from './merge-runners.ts';
import { startedPods } from './started-pods.ts';
import {
  knowsNoInitializer,
  operatorMissing,
  requireTaken,
  requireTestRunFits,
  testRunSchema,
} from './test-run-definition.ts';

export interface InClusterRun {
  readonly namespace: string;
  readonly meshed: boolean;
  readonly image: string;
  readonly script: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runners: number;
  /** They begin by the clock, the books tell of each, and one that dies stops the others; without an operator they are Jobs. */
  readonly isShared: boolean;
  /** From its start; a run that is told to last longer is cut off. */
  readonly deadlineSeconds: number;
  /** For k6 in its pod, beside what every k6 gets. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface InClusterPorts extends FollowPorts {
  evidence(line: string): void;
  progress(line: string): void;
  log(line: string): void;
  /** Unix milliseconds. */
  now(): number;
}

const STOP_SECONDS = 30;

/**
 * One runner is a Job, several are a TestRun of the k6-operator.
 * @param signal the first abort asks k6 to end in order: its books still come
 * @returns k6's exit code, of several runners the first that is not 0
 * @throws HarnessError LOAD_JOB_NOT_STARTED, LOAD_JOB_LOST, SCRIPT_TOO_LONG, K6_OPERATOR_MISSING, K6_OPERATOR_NOT_READY,
 *   TEST_RUN_REFUSED
 */
export async function runK6InCluster(run: InClusterRun, ports: InClusterPorts, signal: AbortSignal): Promise<number> {
  const { client } = ports;
  const { namespace, runners, isShared } = run;
  const name = `k6-${randomBytes(5).toString('hex')}`;
  const environment = { ...K6_JOB_ENVIRONMENT, ...run.environment };
  const { objects, selector, as } = await planWork(
    { ...run, name, environment, stopSeconds: STOP_SECONDS, startsByClock: isShared },
    isShared,
    client,
  );
  const [configMap, ...works] = objects;
  if (Buffer.byteLength(JSON.stringify(configMap)) > LONGEST_SCRIPT_BYTES)
    throw environmentError('SCRIPT_TOO_LONG', 'the bundled scenario does not fit into a ConfigMap');
  try {
    await client.apply(objects);
    await bindScript(client, works, configMap);
    if (as === 'TestRun') await requireTaken(client, namespace, name, signal);
    const pods = await startedPods(client, { namespace, selector, runners, work: name }, signal);
    if (pods === undefined) return INTERRUPTED;
    const merge = new RunnerMerge(runners, ports, isShared && as ? { as, now: ports.now } : undefined);
    if (isShared) return await followSharing(pods, { ports, namespace, merge }, signal);
    const codes = await Promise.all(
      pods.map((pod, runner) => followRunner(ports, namespace, pod, (line) => merge.take(runner, line), signal)),
    );
    merge.end();
    return codes.find((code) => code !== 0) ?? 0;
  } finally {
    await removeWork(client, namespace, { works, selector, script: name });
  }
}

interface Work {
  readonly objects: readonly [configMap: KubeObject, ...works: KubeObject[]];
  /** Of the runners' pods. */
  readonly selector: string;
  /** Undefined: one Job. */
  readonly as: SharedLoad['as'] | undefined;
}

/** @throws HarnessError K6_OPERATOR_MISSING, TEST_RUN_REFUSED */
async function planWork(options: TestRunOptions, isShared: boolean, client: ClusterClient): Promise<Work> {
  const { runners, name } = options;
  const selector = `${LOAD_LABEL}=${name}`;
  if (runners === 1) return { objects: k6Job(options), selector, as: isShared ? 'Jobs' : undefined };
  const schema = await testRunSchema(client);
  if (schema === undefined) {
    if (!isShared) throw operatorMissing();
    return { objects: k6Jobs(options, runners), selector, as: 'Jobs' };
  }
  const objects = k6TestRun({ ...options, noInitializer: knowsNoInitializer(schema) });
  requireTestRunFits(schema, objects[1]);
  return { objects, selector: runnerSelector(name), as: 'TestRun' };
}

/** The script goes when the last of those that read it goes, by whomever and whenever. */
async function bindScript(
  client: ClusterClient,
  works: readonly KubeObject[],
  { metadata }: KubeObject,
): Promise<void> {
  const owners = await Promise.all(
    works.map(async ({ apiVersion = '', kind = '', metadata: { name, namespace = '' } }) => {
      const made = await client.get(await client.locate({ apiVersion, kind, namespace }), name);
      // gone already: then the script is removed with the rest
      return made?.metadata.uid === undefined ? [] : [{ apiVersion, kind, name, uid: made.metadata.uid }];
    }),
  );
  const ownerReferences = owners.flat();
  if (ownerReferences.length === 0) return;
  const { name, namespace = '' } = metadata;
  await client.patch({ apiVersion: 'v1', resource: 'configmaps', namespace }, name, 'merge', {
    metadata: { ownerReferences },
  });
}

async function removeWork(
  client: ClusterClient,
  namespace: string,
  { works, selector, script }: { works: readonly KubeObject[]; selector: string; script: string },
): Promise<void> {
  for (const { apiVersion = '', kind = '', metadata } of works)
    await client.delete(await client.locate({ apiVersion, kind, namespace }), metadata.name);
  // a Job deleted through the API leaves its pods unless they are named too
  const pods = { apiVersion: 'v1', resource: 'pods', namespace };
  const left = await client.list(pods, selector);
  await Promise.all(left.map((pod) => client.delete(pods, pod.metadata.name)));
  await client.delete({ apiVersion: 'v1', resource: 'configmaps', namespace }, script);
}
