/**
 * What reached each pod, and how it was answered: by the receivers' own names in the answers, second by second, because
 * only later it is known which stretch of time is judged.
 */
import type { ResponseObjective } from '../../documents/response-objective.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { podReader, versionReader } from '../../traffic/traffic-path.ts';

/** Unix milliseconds; requests that began in it. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Received {
  readonly requests: number;
  /** Failed, or later than the objective's limit. */
  readonly bad: number;
}

export interface PodReceived extends Received {
  readonly pod: string;
  readonly version: string;
}

export interface StretchReceived {
  readonly seconds: number;
  /** Everything that began in it, whoever answered. */
  readonly all: Received;
  readonly pods: readonly PodReceived[];
}

export interface ReceiverBook {
  note(sample: RequestSample): void;
  /** Of the whole seconds within it. */
  within(stretch: Stretch): StretchReceived;
}

interface Tally {
  requests: number;
  bad: number;
}

export function createReceiverBook(service: string, { limitMs }: ResponseObjective): ReceiverBook {
  const [podOf, versionOf] = [podReader(service), versionReader(service)];
  const versions = new Map<string, string>();
  /** Second -> pod, or null where nobody named itself. */
  const bySecond = new Map<number, Map<string | null, Tally>>();
  return {
    note(sample) {
      const { startMs, endMs, status, identity } = sample;
      const pod = identity === '' ? null : podOf(sample);
      if (pod !== null) versions.set(pod, versionOf(sample) ?? '');
      const second = Math.floor(startMs / 1000);
      const pods = bySecond.get(second) ?? new Map<string | null, Tally>();
      bySecond.set(second, pods);
      const tally = pods.get(pod) ?? { requests: 0, bad: 0 };
      pods.set(pod, tally);
      tally.requests += 1;
      if (status === 0 || status >= 400 || endMs - startMs > limitMs) tally.bad += 1;
    },
    within({ fromMs, toMs }) {
      const [first, end] = [Math.ceil(fromMs / 1000), Math.floor(toMs / 1000)];
      const all: Tally = { requests: 0, bad: 0 };
      const pods = new Map<string, Tally>();
      for (let second = first; second < end; second += 1)
        for (const [pod, { requests, bad }] of bySecond.get(second) ?? []) {
          const sums = pod === null ? [all] : [all, pods.get(pod) ?? { requests: 0, bad: 0 }];
          for (const sum of sums) {
            sum.requests += requests;
            sum.bad += bad;
          }
          if (pod !== null) pods.set(pod, sums[1]!);
        }
      return {
        seconds: Math.max(0, end - first),
        all,
        pods: [...pods].map(([pod, tally]) => ({ pod, version: versions.get(pod) ?? '', ...tally })),
      };
    },
  };
}
