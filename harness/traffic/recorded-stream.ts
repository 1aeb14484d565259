/**
 * Every request of a load that runs across a rollout, in start order and small enough to keep: when it started, how
 * long it took, how it ended, and which version answered. What the report shows of a rollout is computed from it.
 */
import type { RequestSample } from '../ports/request-sample.ts';

/** How one request ended, beside its status: lost ones are what a rollout must not have. */
export type Ending = 'answered' | 'injected' | 'lost' | 'unattributed';

export interface StreamEntry {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly latencyMs: number;
  /** HTTP status, 0 without an answer. */
  readonly status: number;
  /** The version that named itself, null when nobody did. */
  readonly version: string | null;
  readonly ending: Ending;
  /** The workload says that it held this answer back on purpose. */
  readonly delayed: boolean;
  readonly sequence: number;
}

export interface RolloutStream {
  readonly length: number;
  /** In start order after `sort()`. */
  at(index: number): StreamEntry;
  add(sample: RequestSample, version: string | null, delayed?: boolean): void;
  /** Puts everything into start order. */
  sort(): void;
  entries(): Iterable<StreamEntry>;
}

/**
 * A server error with the receiver's name on it was made on purpose by the workload; without a name the proxies made it,
 * and with no answer at all nobody did: both are lost.
 */
export function endingOf(status: number, version: string | null): Ending {
  if (status === 0) return 'lost';
  if (status >= 500) return version === null ? 'lost' : 'injected';
  return version === null ? 'unattributed' : 'answered';
}

const FIRST_CAPACITY = 4096;

export function createRolloutStream(): RolloutStream {
  let starts = new Float64Array(FIRST_CAPACITY);
  let latencies = new Float32Array(FIRST_CAPACITY);
  let statuses = new Uint16Array(FIRST_CAPACITY);
  let versions = new Uint16Array(FIRST_CAPACITY);
  let sequences = new Uint32Array(FIRST_CAPACITY);
  let delays = new Uint8Array(FIRST_CAPACITY);
  let length = 0;
  let order: Uint32Array | undefined;
  const names: (string | null)[] = [null];
  const indexOf = new Map<string | null, number>([[null, 0]]);

  const grow = () => {
    const longer = <T extends Float64Array | Float32Array | Uint8Array | Uint16Array | Uint32Array>(
      array: T,
      copy: T,
    ): T => {
      copy.set(array);
      return copy;
    };
    const capacity = starts.length * 2;
    starts = longer(starts, new Float64Array(capacity));
    latencies = longer(latencies, new Float32Array(capacity));
    statuses = longer(statuses, new Uint16Array(capacity));
    versions = longer(versions, new Uint16Array(capacity));
    sequences = longer(sequences, new Uint32Array(capacity));
    delays = longer(delays, new Uint8Array(capacity));
  };

  const stream: RolloutStream = {
    get length() {
      return length;
    },
    add(sample, version, delayed = false) {
      if (length === starts.length) grow();
      let name = indexOf.get(version);
      if (name === undefined) {
        name = names.push(version) - 1;
        indexOf.set(version, name);
      }
      starts[length] = sample.startMs;
      latencies[length] = sample.endMs - sample.startMs;
      statuses[length] = sample.status;
      versions[length] = name;
      sequences[length] = sample.sequence;
      delays[length] = delayed ? 1 : 0;
      length += 1;
      order = undefined;
    },
    sort() {
      order = new Uint32Array(length).map((_, i) => i);
      order.sort((a, b) => sequences[a]! - sequences[b]!);
    },
    at(index) {
      const place = order ? order[index]! : index;
      const version = names[versions[place]!] ?? null;
      const status = statuses[place]!;
      return {
        startMs: starts[place]!,
        latencyMs: latencies[place]!,
        status,
        version,
        ending: endingOf(status, version),
        delayed: delays[place] === 1,
        sequence: sequences[place]!,
      };
    },
    *entries() {
      for (let i = 0; i < length; i += 1) yield stream.at(i);
    },
  };
  return stream;
}
