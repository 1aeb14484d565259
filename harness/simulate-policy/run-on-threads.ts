/** Rounds of a simulation on several threads; a round that is soon done stays in this one. */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Batch, createBatchRunner, type Rounds } from '../simulation/batches.ts';
import type { ReleaseTally } from '../simulation/release-counts.ts';

export interface ThreadOptions {
  /** Undefined: one a processor, at most 8. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Releases that were simulated so far, of all policies together. */
  readonly progress?: (releases: number) => void;
}

const MOST_THREADS = 8;
/** A release is short-lived garbage: a small nursery holds it, and a large one is only filled. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };
/** A thread costs about as much to start as a few hundred releases. */
const WORTH_A_THREAD = 4000;

/**
 * The result does not depend on the number of threads.
 * @throws the reason of `signal` when it is aborted, after the batches that run have ended
 */
export async function runOnThreads<Result>(rounds: Rounds<Result>, options: ThreadOptions): Promise<Result> {
  const count = Math.max(1, options.threads ?? Math.min(MOST_THREADS, availableParallelism()));
  const here = createBatchRunner();
  let threads: Threads | undefined;
  let releases = 0;
  try {
    let next = rounds.next();
    while (!next.done) {
      const batches = next.value;
      const size = batches.reduce((sum, batch) => sum + batch.count, 0);
      if (count > 1 && !threads && releases + size >= WORTH_A_THREAD) threads = new Threads(count);
      const tallies = threads
        ? await threads.run(batches, options.signal)
        : await runSlowly(batches, here, options.signal);
      releases += size;
      options.progress?.(releases);
      next = rounds.next(tallies);
    }
    return next.value;
  } finally {
    await threads?.close();
  }
}

/** Others may work between two batches. */
async function runSlowly(
  batches: readonly Batch[],
  run: (batch: Batch) => ReleaseTally,
  signal: AbortSignal | undefined,
): Promise<readonly ReleaseTally[]> {
  const tallies: ReleaseTally[] = [];
  for (const batch of batches) {
    await setImmediate();
    signal?.throwIfAborted();
    tallies.push(run(batch));
  }
  return tallies;
}

/** One round: what is still to be done, and who waits for it. */
interface Round {
  readonly batches: readonly Batch[];
  readonly tallies: ReleaseTally[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (tallies: readonly ReleaseTally[]) => void;
  readonly reject: (reason: unknown) => void;
  sent: number;
  done: number;
}

class Threads {
  readonly #workers: readonly Worker[];
  #round: Round | undefined;

  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits: LIMITS });
      worker.on('message', (answer: { readonly index: number; readonly tally: ReleaseTally }) => {
        const round = this.#round;
        if (!round) return;
        round.tallies[answer.index] = answer.tally;
        round.done += 1;
        if (round.signal?.aborted && round.done === round.sent) this.#end()?.reject(round.signal.reason);
        else if (round.done === round.batches.length) this.#end()?.resolve(round.tallies);
        else this.#send(worker);
      });
      worker.on('error', (error) => this.#end()?.reject(error));
      worker.on('exit', (code) => this.#end()?.reject(new Error(`a thread of the simulation ended with ${code}`)));
      return worker;
    });
  }

  run(batches: readonly Batch[], signal: AbortSignal | undefined): Promise<readonly ReleaseTally[]> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      this.#round = { batches, tallies: [], signal, resolve, reject, sent: 0, done: 0 };
      for (const worker of this.#workers) this.#send(worker);
    });
  }

  /** Each thread takes the next batch when it has done one. */
  #send(worker: Worker): void {
    const round = this.#round;
    if (!round || round.sent >= round.batches.length || round.signal?.aborted) return;
    worker.postMessage({ index: round.sent, batch: round.batches[round.sent] });
    round.sent += 1;
  }

  #end(): Round | undefined {
    const round = this.#round;
    this.#round = undefined;
    return round;
  }

  async close(): Promise<void> {
    this.#round = undefined;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
