/**
 * What became of a Job, by its own status and by the pod that ran k6. A Job that did its work has an exit code that k6
 * gives (k6 2.2.0, errext/exitcodes); everything else is somebody's fault, and whose is said. Pure.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { seconds } from '../../documents/figures.ts';
import {
  type Condition,
  type ContainerState,
  conditionOf,
  type JobStatus,
  type PodStatus,
  type SeenPod,
} from './job-status.ts';

export type JobEnd =
  | {
      readonly kind: 'ran';
      readonly pod: string;
      readonly exitCode: number;
      readonly isFailed: boolean;
      readonly fromMs: number;
      readonly untilMs: number;
    }
  | {
      readonly kind: 'broken';
      readonly code: string;
      /** The subject's makes the claim failed, the environment's invalid. */
      readonly whose: 'subject' | 'environment';
      readonly sentence: string;
      readonly hint: string;
      /** Whose log may tell more. */
      readonly pod?: string;
    };

const THRESHOLDS_CROSSED = 99;
/** k6's own, after SIGINT or SIGTERM. */
const INTERRUPTED = 105;
const OF_A_SIGNAL = 128;
/** With this part of its time taken away before k6 began nobody can say that the deadline was too short. */
const LOST_TIME = 0.1;

export function jobEnd(job: KubeObject | undefined, seen: SeenPod | undefined, container: string): JobEnd {
  if (job === undefined)
    return environments(
      'LOAD_TEST_JOB_GONE',
      'the Job was deleted while it ran',
      'Look at who did: it is none of this run.',
    );
  const status = (job.status ?? {}) as JobStatus;
  const failed = conditionOf(status, 'Failed');
  const isOver = failed !== undefined || conditionOf(status, 'Complete') !== undefined;
  const pod = (seen?.pod.status ?? {}) as PodStatus;
  const state = pod.containerStatuses?.find(({ name }) => name === container)?.state;
  const begun = state?.terminated?.startedAt ?? state?.running?.startedAt;
  if (!begun) return notBegun(pod, seen, state, failed);
  const name = seen?.pod.metadata.name ?? '';
  if (evicted(pod)) return { ...evictedEnd(pod), pod: name };
  if (failed?.reason === 'DeadlineExceeded') return deadlineEnd(job, status, begun);
  if (!state?.terminated) return isOver || seen?.isGone ? podDeleted(name) : endless(job);
  const { exitCode, reason, finishedAt } = state.terminated;
  if (reason === 'OOMKilled')
    return {
      ...subjects(
        'LOAD_TEST_OUT_OF_MEMORY',
        'k6 needed more memory than its container may have, and was killed',
        'Raise resources.limits.memory of the Job, or let it have fewer virtual users.',
      ),
      pod: name,
    };
  if (exitCode === INTERRUPTED && seen?.isGone) return podDeleted(name);
  if (exitCode === INTERRUPTED)
    return {
      ...environments('LOAD_TEST_STOPPED', 'k6 was told to stop before it had sent its load', RUN_AGAIN),
      pod: name,
    };
  if (exitCode >= OF_A_SIGNAL)
    return seen?.isGone
      ? podDeleted(name)
      : {
          ...environments('LOAD_TEST_KILLED', `k6 was killed by signal ${exitCode - OF_A_SIGNAL}`, RUN_AGAIN),
          pod: name,
        };
  if (exitCode !== 0 && exitCode !== THRESHOLDS_CROSSED)
    return {
      ...subjects(
        'LOAD_TEST_SCRIPT_FAILED',
        `k6 ended with exit code ${exitCode}: ${MEANINGS[exitCode] ?? 'it could not run the script'}`,
        'Run the script by hand: k6 run load-test.js.',
      ),
      pod: name,
    };
  if (!isOver) return { ...heldOpen(), pod: name };
  return {
    ...{ kind: 'ran', pod: name, exitCode, isFailed: failed !== undefined },
    fromMs: Date.parse(begun),
    untilMs: Date.parse(finishedAt ?? begun),
  };
}

const MEANINGS: Readonly<Record<number, string>> = {
  100: 'its setup took too long',
  101: 'its teardown took too long',
  104: 'its options are not valid',
  107: 'the script threw an error',
  108: 'the script aborted the test',
  110: 'the script marked the test as failed',
};

const RUN_AGAIN = 'Look at the events of the node and of the pod, and run it again.';

const environments = (code: string, sentence: string, hint: string) =>
  ({ kind: 'broken', whose: 'environment', code, sentence, hint }) as const;
const subjects = (code: string, sentence: string, hint: string) =>
  ({ kind: 'broken', whose: 'subject', code, sentence, hint }) as const;

function notBegun(
  { conditions, reason, message }: PodStatus,
  seen: SeenPod | undefined,
  state: ContainerState | undefined,
  failed: Condition | undefined,
): JobEnd {
  if (reason === 'Evicted') return evictedEnd({ reason, ...(message === undefined ? {} : { message }) });
  const unscheduled = conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (!seen || unscheduled)
    return environments(
      'LOAD_TEST_NOT_SCHEDULED',
      seen
        ? `no node took its pod: ${unscheduled?.message ?? unscheduled?.reason ?? 'nobody says why'}`
        : `it never had a pod${failed?.message === undefined ? '' : `: ${failed.message}`}`,
      'Look at the events of the Job: a quota, an admission rule, or no room on the nodes.',
    );
  const waiting = state?.waiting;
  return environments(
    'LOAD_TEST_NOT_STARTED',
    `its container never started: ${[waiting?.reason, waiting?.message].filter(Boolean).join(' ') || 'nobody says why'}`,
    'The nodes need the image (preload it, or name one that they can pull), and every volume of the pod.',
  );
}

/** Taken away by the kubelet, by an eviction, by a preemption, or with its node. */
const evicted = (pod: PodStatus): boolean =>
  pod.reason === 'Evicted' || conditionOf(pod, 'DisruptionTarget') !== undefined;

function evictedEnd(pod: PodStatus): JobEnd {
  const target = conditionOf(pod, 'DisruptionTarget');
  return environments(
    'LOAD_TEST_EVICTED',
    `its pod was taken from its node: ${pod.message ?? target?.message ?? target?.reason ?? pod.reason ?? 'nobody says why'}`,
    RUN_AGAIN,
  );
}

function podDeleted(pod: string): JobEnd {
  return environments(
    'LOAD_TEST_POD_DELETED',
    `its pod ${pod} was deleted while it ran`,
    'Look at who did, and run it again.',
  );
}

/** A deadline that the declared load cannot keep is the Job's own; one that was spent before k6 began is not. */
function deadlineEnd({ spec }: KubeObject, { startTime = '' }: JobStatus, begun: string): JobEnd {
  const deadlineMs = Number(spec?.activeDeadlineSeconds) * 1_000;
  const waitedMs = Date.parse(begun) - Date.parse(startTime);
  if (waitedMs > LOST_TIME * deadlineMs)
    return environments(
      'LOAD_TEST_DEADLINE',
      `its deadline of ${seconds(deadlineMs, 0)} was over, and k6 had waited ${seconds(waitedMs)} of it to begin`,
      RUN_AGAIN,
    );
  return subjects(
    'LOAD_TEST_DEADLINE',
    `its deadline of ${seconds(deadlineMs, 0)} ended it before k6 had sent its load`,
    'Raise activeDeadlineSeconds: the load lasts as long as its scenarios, with the time for their last answers.',
  );
}

function endless({ spec }: KubeObject): JobEnd {
  const deadline = spec?.activeDeadlineSeconds;
  return subjects(
    'LOAD_TEST_ENDLESS',
    `k6 still ran when the time of the claim was up${typeof deadline === 'number' ? ` (the Job's own deadline is ${deadline} s)` : ''}`,
    'Set activeDeadlineSeconds, and endsWithin of the claim above it.',
  );
}

function heldOpen(): Extract<JobEnd, { kind: 'broken' }> {
  return subjects(
    'LOAD_TEST_ENDLESS',
    'k6 had ended when the time of the claim was up, and the Job had not: another container of its pod keeps it open',
    'A sidecar does not end with k6: leave it out (sidecar.istio.io/inject: "false"), or let it be an init container with restartPolicy: Always.',
  );
}
