/**
 * A load whose answers are named by the proxies' logs: each request says which one it is, and its sample is handed on, in
 * the order of completion, when its receiver is known, or when no line of it has come for too long.
 */
import { formatHops } from '../../k8s/workload/hops.ts';
import { markedUserAgent } from '../documents/request-mark.ts';
import type { JoinCounts, LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { AnswerBook } from './answer-book.ts';
import type { PodKey } from './pod-book.ts';

export interface JoinPorts {
  readonly book: AnswerBook;
  /** What the pod's answers are called; undefined where its object does not say. */
  versionOf(pod: PodKey): string | undefined;
  /** How the name is written into the sample; default: as a chain of one hop. */
  nameOf?(service: string, version: string, pod: PodKey): string;
  /** Calls for each line of the load with the number of its request. @returns ends it */
  onLine(load: string, listener: (sequence: number) => void): () => void;
  /** A word that no other load has: lower-case letters and digits. */
  newLoad(): string;
  now(): number;
  /** Calls once after `ms`. @returns cancels it */
  after(ms: number, then: () => void): () => void;
  /** Longest wait for the lines of one answer. */
  readonly waitMs: number;
}

/** Envoy writes once a second; the rest is for a kubelet and a harness that wait for a processor. */
export const LINE_WAIT_MS = 10_000;
/** Samples are kept so long after they were named, so that a line that says otherwise is seen. */
const KEPT = 20_000;

export function createJoinedLoad(inner: LoadRunner, ports: JoinPorts): LoadRunner {
  return {
    async run(request, argvPrefix, onSample, signal) {
      const load = ports.newLoad();
      const queue = createQueue(load, request, ports, onSample, signal);
      ports.book.openLoad(load);
      try {
        const marked = markedUserAgent(load, ownUserAgent(request));
        const result = await inner.run({ ...request, marked }, argvPrefix, queue.push, signal);
        await queue.drained();
        return withJoins(result, queue.counts);
      } finally {
        queue.end();
        ports.book.closeLoad(load);
      }
    },
  };
}

function withJoins(result: LoadResult, joins: JoinCounts): LoadResult {
  return { ...result, joins };
}

/** The user's own header stays, in front. */
function ownUserAgent({ headers }: LoadRequest): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'user-agent')?.[1];
}

interface Waiting {
  readonly sample: RequestSample;
  readonly arrivedAt: number;
}

function createQueue(
  load: string,
  request: LoadRequest,
  ports: JoinPorts,
  onSample: (sample: RequestSample) => 'continue' | 'stop',
  signal: AbortSignal,
) {
  const { book, now, waitMs } = ports;
  const { receiver } = request;
  const waiting: Waiting[] = [];
  /** Handed on and still known: who was named, undefined for nobody. */
  const handed = new Map<number, PodKey | undefined>();
  const counts = { answered: 0, joined: 0, byCallerAlone: 0, ambiguous: 0, contradicted: 0, late: 0 };
  let stopped = false;
  let failure: { readonly cause: unknown } | undefined;
  let cancelTimer: (() => void) | undefined;
  let onEmpty: (() => void) | undefined;

  const remember = (sequence: number, pod: PodKey | undefined): void => {
    handed.set(sequence, pod);
    if (handed.size <= KEPT) return;
    const [oldest = 0] = handed.keys();
    handed.delete(oldest);
    book.forget({ load, sequence: oldest });
  };

  const named = (sample: RequestSample, pod: PodKey): RequestSample | undefined => {
    const version = ports.versionOf(pod);
    if (version === undefined) return undefined;
    const service = (receiver ?? '').split('/').at(-1) || pod;
    const name = ports.nameOf ?? ((of, is, who) => formatHops([{ service: of, version: is, pod: who }]));
    return { ...sample, identity: name(service, version, pod) };
  };

  /** @returns the sample as it is handed on; undefined: not yet */
  const settled = ({ sample, arrivedAt }: Waiting): RequestSample | undefined => {
    if (sample.status === 0) return sample;
    const { sequence, status } = sample;
    const final = now() - arrivedAt >= waitMs;
    const answerer = book.answerer({ load, sequence }, receiver, status, final);
    if (answerer.kind === 'open' && !final) return undefined;
    const is = answerer.kind === 'named' ? named(sample, answerer.pod) : undefined;
    remember(sequence, answerer.kind === 'named' ? answerer.pod : undefined);
    if (status >= 500) return is ?? sample;
    counts.answered += 1;
    if (answerer.kind === 'ambiguous') counts.ambiguous += 1;
    if (is !== undefined && answerer.kind === 'named') {
      counts.joined += 1;
      if (answerer.by === 'caller') counts.byCallerAlone += 1;
    }
    return is ?? sample;
  };

  const handOn = (): void => {
    while (waiting.length > 0) {
      const sample = settled(waiting[0]!);
      if (sample === undefined) break;
      waiting.shift();
      try {
        if (failure === undefined && onSample(sample) === 'stop') stopped = true;
      } catch (cause) {
        failure = { cause };
        stopped = true;
      }
    }
    cancelTimer?.();
    const [next] = waiting;
    cancelTimer = next && ports.after(Math.max(0, next.arrivedAt + waitMs - now()), handOn);
    if (next === undefined) onEmpty?.();
  };

  /** A line of a request that was handed on already. */
  const reconsider = (sequence: number): void => {
    if (!handed.has(sequence)) return;
    const before = handed.get(sequence);
    const answerer = book.answerer({ load, sequence }, receiver, 200, true);
    if (answerer.kind === 'open') return;
    if (before === undefined) counts.late += 1;
    else if (answerer.kind !== 'named' || answerer.pod !== before) counts.contradicted += 1;
    else return;
    handed.delete(sequence);
  };

  const unsubscribe = ports.onLine(load, (sequence) => {
    reconsider(sequence);
    handOn();
  });
  return {
    counts: counts as JoinCounts,
    push(sample: RequestSample): 'continue' | 'stop' {
      const endedBeforeStop = !stopped && !signal.aborted;
      waiting.push({ sample: endedBeforeStop ? { ...sample, endedBeforeStop } : sample, arrivedAt: now() });
      handOn();
      if (failure) throw failure.cause;
      return stopped ? 'stop' : 'continue';
    },
    /** Resolves when everything was handed on. @throws what `onSample` threw */
    async drained(): Promise<void> {
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        handOn();
      });
      if (failure) throw failure.cause;
    },
    end(): void {
      unsubscribe();
      cancelTimer?.();
    },
  };
}
