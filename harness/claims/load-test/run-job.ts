/** Runs the Job of a load test once, and removes it: how it ended, what k6 said, and whether Git's own script ran. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { asLabels, asList, asRecord } from '../../lint/manifest-set.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { environmentKeeps, subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import type { DeclaredJob } from './declared-job.ts';
import { type JobEnd, jobEnd } from './job-end.ts';
import { isFinished, type SeenPod } from './job-status.ts';

export interface JobRun {
  readonly end: JobEnd;
  /** Of the container that ran k6; empty where its pod is gone. */
  readonly log: string;
  /** What ran otherwise than Git declares it, in words; empty: nothing. */
  readonly differences: readonly string[];
}

const JOBS = { apiVersion: 'batch/v1', resource: 'jobs' } as const;
const PODS = { apiVersion: 'v1', resource: 'pods' } as const;
const CONFIG_MAPS = { apiVersion: 'v1', resource: 'configmaps' } as const;
/** By the garbage collector, which has a finalizer to take away. */
const GONE_MS = 30_000;

/** Of the files that k6 finds, in the order of their names; hexadecimal. */
export function scriptDigest({ mounted }: Pick<DeclaredJob, 'mounted'>): string {
  const hash = createHash('sha256');
  const files = mounted.flatMap(({ texts }) => Object.entries(texts)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, text] of files) hash.update(`${name}\n`).update(text);
  return hash.digest('hex');
}

/**
 * @throws HarnessError LOAD_TEST_LOG_LOST, WAIT_TIMEOUT and what the API refuses (exit 3); the scene's reason when the run is
 *   over. Nothing of the Job is left either way.
 */
export async function runJob(job: DeclaredJob, endsWithinMs: number, scene: Scene): Promise<JobRun> {
  const { client, signal } = scene;
  const { name, namespace } = job;
  const place = `${namespace}/${name}`;
  await removeJob(job, scene);
  await client.waitFor(
    { ...JOBS, namespace },
    name,
    (object) => object === undefined,
    environmentKeeps({ what: `an earlier Job ${place} to be gone`, timeoutMs: GONE_MS, signal }),
  );
  try {
    await client.apply(job.configMaps, { namespace });
    const before = await differencesOf(job, scene);
    await client.apply([job.object], { namespace });
    scene.recorder.event('harness', `Job ${place} started`);
    const watched = watchPod(job, scene);
    const wait = client.waitFor(
      { ...JOBS, namespace },
      name,
      isFinished,
      subjectKeeps({ what: `the Job ${place} to end`, timeoutMs: endsWithinMs, signal }),
    );
    await isKept(scene, wait).finally(() => watched.stop());
    const object = await client.get({ ...JOBS, namespace }, name);
    const seen = await watched.of(object);
    const end = jobEnd(object, seen, job.container.name);
    scene.recorder.event('harness', `Job ${place} ended`, end.kind === 'ran' ? `exit code ${end.exitCode}` : end.code);
    const after = await differencesOf(job, scene);
    const changed = seen ? containerDifferences(job, seen.pod) : [];
    return { end, log: await logOf(job, end, scene), differences: [...new Set([...before, ...after, ...changed])] };
  } finally {
    await removeJob(job, scene);
  }
}

/** The pod of this Job and of no earlier one of its name, also where it was deleted before anybody could ask for it. */
function watchPod({ name, namespace }: DeclaredJob, { client }: Scene) {
  const seen = new Map<string, KubeObject>();
  const over = new AbortController();
  client
    .watch({ ...PODS, namespace }, (_, pod) => void seen.set(pod.metadata.name, pod), over.signal)
    .catch(() => undefined);
  return {
    stop: () => over.abort(),
    async of(job: KubeObject | undefined): Promise<SeenPod | undefined> {
      const isOurs = ({ metadata }: KubeObject) =>
        metadata.ownerReferences?.some(({ uid }) => uid === job?.metadata.uid) ?? false;
      // what a watch says may come later than the end of the Job
      const listed = await client.list({ ...PODS, namespace }, `batch.kubernetes.io/job-name=${name}`);
      const there = listed.find(isOurs);
      if (there) return { pod: there, isGone: there.metadata.deletionTimestamp !== undefined };
      const gone = [...seen.values()].findLast(isOurs);
      return gone && { pod: gone, isGone: true };
    },
  };
}

/** Of ConfigMaps, whose texts k6 gets while it starts: they are read before and after. */
async function differencesOf(job: DeclaredJob, { client }: Scene): Promise<readonly string[]> {
  const { namespace, mounted } = job;
  const found = await Promise.all(
    mounted.map(async ({ configMap, texts }) => {
      const object = await client.get({ ...CONFIG_MAPS, namespace }, configMap);
      if (object === undefined) return [`ConfigMap ${configMap} is not there`];
      const held = asLabels(object.data);
      const names = new Set([...Object.keys(texts), ...Object.keys(held)]);
      return [...names].filter((name) => texts[name] !== held[name]).map((name) => `${name} in ConfigMap ${configMap}`);
    }),
  );
  return found.flat();
}

/** What somebody who writes pods on their way in may change. */
function containerDifferences({ container }: DeclaredJob, pod: KubeObject): readonly string[] {
  const containers = asList(asRecord(pod.spec)?.containers).map(asRecord);
  const ran = containers.find((one) => one?.name === container.name);
  const same = (field: string) => JSON.stringify(ran?.[field] ?? []) === JSON.stringify(container[field] ?? []);
  const given = asList(ran?.env).map(asRecord);
  const variables = asList(container.env)
    .map(asRecord)
    .filter((one) => given.find((other) => other?.name === one?.name)?.value !== one?.value);
  return [
    ...['image', 'command', 'args'].filter((field) => !same(field)).map((field) => `${field} of the container`),
    ...variables.map((one) => `the variable ${String(one?.name)}`),
  ];
}

async function logOf({ namespace, container }: DeclaredJob, end: JobEnd, { client }: Scene): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/pods/${end.pod}/log?container=${container.name}`;
  if (end.kind === 'broken') return end.pod === undefined ? '' : client.getText(path).catch(() => '');
  return client.getText(path).catch((cause: unknown) => {
    throw environmentError('LOAD_TEST_LOG_LOST', `the log of ${namespace}/${end.pod} cannot be read`, {
      hint: 'Without it nobody knows what k6 counted; run it again.',
      cause,
    });
  });
}

/** With its pods, and with what was applied beside it. */
async function removeJob({ name, namespace, configMaps }: DeclaredJob, { client }: Scene): Promise<void> {
  const found = await client.get({ ...JOBS, namespace }, name);
  // that very Job, because only then its pods go with it
  if (found) await client.delete({ ...JOBS, namespace }, name, { uid: found.metadata.uid });
  for (const { metadata } of configMaps) await client.delete({ ...CONFIG_MAPS, namespace }, metadata.name);
}
