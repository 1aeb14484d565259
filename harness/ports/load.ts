/** What runs load, and what it says of every request. */

import type { Identify } from './identify.ts';
import type { RequestSample } from './request-sample.ts';

/** One k6 run. */
export interface LoadRequest {
  readonly phase: string;
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Host name -> address, for k6's `hosts` option. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly identify: Identify;
  readonly ratePerSecond: number;
  readonly maxDurationMs: number;
  readonly preAllocatedVus: number;
  readonly requestTimeoutMs: number;
  /** Whether each request opens a new connection. */
  readonly newConnectionPerRequest: boolean;
  /**
   * Given: each request has a scheduled start, a sample's `startMs` is that one, and its `identity` says how late it was
   * sent, in tenths of a millisecond; `sequence` is slot·16 + number in the slot. For the capacity scenario only.
   */
  readonly arrivals?: {
    readonly kind: 'poisson' | 'paced';
    readonly seed: number;
    /** The beginning of slot 0, Unix milliseconds, and how long before it k6 has its users ready; absent: when k6 begins. */
    readonly start?: { readonly atMs: number; readonly earlyMs: number };
  };
  /** Given: this generator sends only every `of`-th slot, from slot `index` on; the virtual users are those of all. */
  readonly segment?: { readonly index: number; readonly of: number };
  /**
   * Given: what the prefix leads to (a cluster) shares the load among so many generators, generator i sending every slot i
   * mod that number, and the result tells of each; the virtual users are those of all.
   */
  readonly sharedBy?: number;
  /** Service whose pod is to be named, where others than the answer name it. */
  readonly receiver?: string;
  /** Given: the User-Agent of each request is this text and the request's `sequence`. */
  readonly marked?: string;
  /**
   * Given: users take turns, and request number n is of user n mod `count`, who says `prefix` and that number in the header
   * (`Cookie` is one).
   */
  readonly users?: { readonly header: string; readonly prefix: string; readonly count: number };
}

export interface LoadResult {
  /** Requests that k6 itself counted (its own books). */
  readonly sent: number;
  readonly received: number;
  readonly droppedIterations: number;
  readonly interrupted: number;
  readonly vusMax: number;
  readonly vusAllocated: number;
  readonly generatorCpuSeconds: number;
  readonly wallMs: number;
  readonly stoppedEarly: boolean;
  /** Bounds for how far the generator's clock is ahead of the harness's; left out when nobody measured. */
  readonly clockOffsetMs?: { readonly atLeast: number; readonly atMost: number };
  /** k6's effective options, as JSON. */
  readonly optionsJson: string;
  /** Of a load that several generators shared: each one's part, by its segment. */
  readonly generators?: readonly GeneratorPart[];
  /** Of a load that a cluster shared: what its generators were there. */
  readonly sharedAs?: 'TestRun' | 'Jobs';
  /** When k6, or the last of several, had its users ready and was about to begin: the harness's clock, Unix milliseconds. */
  readonly readyAtMs?: number;
  /** Where others than the answer name the receiver: how many they named. */
  readonly joins?: JoinCounts;
}

export interface GeneratorPart {
  readonly sent: number;
  readonly droppedIterations: number;
  /** The code of the error that it ended with; what it sent is not known then. */
  readonly died?: string;
  /** How far its clock is ahead of the harness's, at least; absent: not known, or the same clock. */
  readonly aheadMs?: number;
}

/** Answers joined with what proxies logged of them; each figure counts requests. */
export interface JoinCounts {
  /** With a status from 1 to 499: each of them should be joined. */
  readonly answered: number;
  /** Of these, those whose receiver is known. */
  readonly joined: number;
  /** Of the joined, those that only the calling proxy named: the receiver's own line is missing. */
  readonly byCallerAlone: number;
  /** Not joined, because several receivers are named and nothing says which of them the client heard. */
  readonly ambiguous: number;
  /** Joined, and named otherwise by a line that came later. */
  readonly contradicted: number;
  /** Not joined in time; a line of theirs came later. */
  readonly late: number;
}

export interface LoadRunner {
  /** How many generators share each load, slot i being sent by generator i mod `generators`; missing: one. */
  readonly generators?: number;
  /**
   * Runs k6 and hands over every request as it finishes, in completion order. `onSample` returning `stop` ends the
   * load at once; the signal does too.
   */
  run(
    request: LoadRequest,
    argvPrefix: readonly string[],
    onSample: (sample: RequestSample) => 'continue' | 'stop',
    signal: AbortSignal,
  ): Promise<LoadResult>;
}
