/**
 * A service with so many workers, each busy for `serviceMs` per request, and room for `queue` requests that wait: first
 * come, first served, refused when there is no room. Waiting costs no CPU, and a worker is free again when its time has
 * passed, however late a timer fires: so the capacity is a known truth (Erlang's formulas), not this machine's.
 */
export interface WorkerPoolOptions {
  readonly workers: number;
  /** Requests that may wait for a worker. */
  readonly queue: number;
  /** One draw of the time that a request keeps its worker, milliseconds. */
  readonly drawServiceMs: () => number;
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #freeAtMs: Float64Array;
  /** When each waiting request gets its worker; ascending, because the queue is first come, first served. */
  readonly #startsMs: number[] = [];

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#freeAtMs = new Float64Array(options.workers);
  }

  /** Milliseconds from now until the request is served; undefined when it is refused. Times must not go back. */
  take(nowMs: number): number | undefined {
    while (this.#startsMs.length > 0 && this.#startsMs[0]! <= nowMs) this.#startsMs.shift();
    let first = 0;
    for (let index = 1; index < this.#freeAtMs.length; index++)
      if (this.#freeAtMs[index]! < this.#freeAtMs[first]!) first = index;
    const startMs = Math.max(nowMs, this.#freeAtMs[first]!);
    if (startMs > nowMs) {
      if (this.#startsMs.length >= this.#options.queue) return undefined;
      this.#startsMs.push(startMs);
    }
    const endMs = startMs + this.#options.drawServiceMs();
    this.#freeAtMs[first] = endMs;
    return endMs - nowMs;
  }
}
