/**
 * The pods of one service, told how to behave and asked what reached them: whoever counts at the receiver needs to believe
 * neither the sender nor a proxy. Only the stand-in workload can be told and asked.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';
import type { PodSelector } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import { ProgramError } from '../process/run-program.ts';
import type { Scene } from '../scene/scene.ts';
import { askStandIn, type BehaviourChange } from './inject-behaviour.ts';

/** Of all the pods together, since the last change. */
export interface ReceiverCounts {
  readonly requests: number;
  /** Most requests at the same time; of several pods, the sum of what each had at most. */
  readonly mostInFlight: number;
}

export interface Receivers {
  readonly pods: readonly string[];
  /** From the next request on, which is number 1. @param names of some of the pods; default: all of them */
  behave(change: BehaviourChange, names?: readonly string[]): Promise<void>;
  /** @throws HarnessError RECEIVER_CHANGED when a pod is another process than the one that was told */
  counts(names?: readonly string[]): Promise<ReceiverCounts>;
  /** They behave as they were deployed, also after the run was told to end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A killed run leaves nothing behind that a later one could not undo; one that ends does so within this. */
const PUT_BACK_MS = 15_000;

interface Told {
  readonly changedAtMs: number;
  readonly requests: number;
  readonly mostInFlight: number;
}

/** @throws HarnessError RECEIVER_MISSING, BEHAVIOUR_REFUSED (exit 3) */
export async function openReceivers({ namespace, labels }: PodSelector, scene: Scene): Promise<Receivers> {
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const listed = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, selector);
  const pods = listed.filter((pod) => pod.metadata.deletionTimestamp === undefined && isPodReady(pod));
  if (pods.length === 0)
    throw environmentError('RECEIVER_MISSING', `no ready pod in ${namespace} has the labels ${selector}`, {
      where: namespace,
      hint: 'The claim counts what reaches those pods.',
    });
  const changedAt = new Map<string, number>();
  const ask = async (pod: KubeObject, asked: { body?: string; signal?: AbortSignal }) => {
    const placed = { ...pod, metadata: { namespace, ...pod.metadata } };
    const [line = ''] = await askStandIn(scene, placed, asked).catch((error: unknown) => {
      throw error instanceof ProgramError
        ? refused(`${pod.metadata.name} cannot be told how to behave`, pod, error)
        : error;
    });
    return toldOf(line, pod);
  };
  const named = (names: readonly string[] | undefined) =>
    names === undefined ? pods : pods.filter(({ metadata }) => names.includes(metadata.name));
  const behaveAll = async (body: string, signal: AbortSignal, names?: readonly string[]) => {
    await Promise.all(
      named(names).map(async (pod) => changedAt.set(pod.metadata.name, (await ask(pod, { body, signal })).changedAtMs)),
    );
  };
  return {
    pods: pods.map(({ metadata }) => metadata.name),
    behave: (change, names) => behaveAll(JSON.stringify(change), scene.signal, names),
    async counts(names) {
      const told = await Promise.all(
        named(names).map(async (pod) => {
          const { name } = pod.metadata;
          const now = await ask(pod, {});
          if (now.changedAtMs === changedAt.get(name)) return now;
          throw environmentError('RECEIVER_CHANGED', `${name} is not the process that was told how to behave`, {
            where: `${namespace}/${name}`,
            hint: 'It was restarted, or another run works on the same pods; what it counted is gone.',
          });
        }),
      );
      const sum = (of: (one: Told) => number) => told.reduce((total, one) => total + of(one), 0);
      return { requests: sum(({ requests }) => requests), mostInFlight: sum(({ mostInFlight }) => mostInFlight) };
    },
    async [Symbol.asyncDispose]() {
      if (changedAt.size > 0) await behaveAll('{}', AbortSignal.timeout(PUT_BACK_MS));
    },
  };
}

function toldOf(line: string, pod: KubeObject): Told {
  try {
    const told = JSON.parse(line) as Partial<Record<keyof Told, unknown>>;
    const { changedAtMs, requests, mostInFlight } = told;
    if (typeof changedAtMs === 'number' && typeof requests === 'number' && typeof mostInFlight === 'number')
      return { changedAtMs, requests, mostInFlight };
  } catch {
    // told below
  }
  throw refused(`${pod.metadata.name} did not say what reached it: ${line.slice(0, 200)}`, pod);
}

function refused(message: string, pod: KubeObject, cause?: unknown) {
  return environmentError('BEHAVIOUR_REFUSED', message, {
    where: pod.metadata.name,
    hint: 'Only the stand-in workload can be told how to behave, and counts what reaches it.',
    cause,
  });
}
