/** The behaviour in force: which request errs, which is slow and by how much, counted since the last change. */
import { type BehaviourDocument, NO_INJECTION, ratioOf } from './behaviour-document.ts';
import { deterministicInjector, type Injector, randomInjector, seededGenerators } from './injection.ts';
import { latencySampler } from './latency.ts';
import { WorkerPool } from './worker-pool.ts';

export interface BehaviourStatus {
  readonly behaviour: BehaviourDocument;
  /** Unix milliseconds. */
  readonly changedAtMs: number;
  /** Since the change: traffic seen, and of it erred and held back. */
  readonly requests: number;
  readonly errors: number;
  readonly delayed: number;
  /** Without a free worker and without room in the queue. */
  readonly refused: number;
  /** Most requests that were here at the same time since the change. */
  readonly mostInFlight: number;
}

export class Behaviour {
  /** Status of the injected error for the request of the last `advance()`, 0 for none. */
  errorStatus = 0;
  /** How long after its arrival that request is answered at the earliest, in ms. */
  latencyMs = 0;
  /** Whether that request found no worker and no room to wait. */
  refused = false;

  #document: BehaviourDocument = NO_INJECTION;
  #erring: Injector = () => false;
  #slow: Injector = () => false;
  #draw: () => number = () => 0;
  #changedAtMs: number;
  #requests = 0;
  #errors = 0;
  #delayed = 0;
  #refused = 0;
  #inFlight = 0;
  #mostInFlight = 0;
  #pool: WorkerPool | undefined;

  constructor(document: BehaviourDocument, nowMs: number) {
    this.#changedAtMs = nowMs;
    this.change(document, nowMs);
  }

  /** The next request is number 1, also when the document is the same as before. */
  change(document: BehaviourDocument, nowMs: number): void {
    const [forErrors, forSlowness, forLatency, forService] = seededGenerators(document.seed, 4);
    const injector = (share: number | string, generator = forErrors): Injector => {
      const ratio = ratioOf(share);
      if (!ratio || !generator || ratio.hits === 0) return () => false;
      return document.mode === 'deterministic' ? deterministicInjector(ratio) : randomInjector(ratio, generator);
    };
    this.#document = document;
    this.#erring = injector(document.errorShare);
    this.#slow = document.latencyMs === 0 ? () => false : injector(document.latencyShare, forSlowness);
    this.#draw = forLatency ? latencySampler(document.latencyMs, forLatency) : () => 0;
    const { workers, queue, serviceMs } = document;
    this.#pool =
      workers > 0 && forService
        ? new WorkerPool({ workers, queue, drawServiceMs: latencySampler(serviceMs, forService) })
        : undefined;
    this.#changedAtMs = nowMs;
    this.#requests = this.#errors = this.#delayed = this.#refused = 0;
    // those that are here already are not of the new behaviour, but they are here
    this.#mostInFlight = this.#inFlight;
  }

  /** Takes the next request; the answer is in `errorStatus` and `latencyMs` (fields, so that nothing is allocated). */
  advance(nowMs: number = performance.now()): void {
    this.#requests++;
    this.#inFlight++;
    if (this.#inFlight > this.#mostInFlight) this.#mostInFlight = this.#inFlight;
    this.errorStatus = this.#erring() ? this.#document.errorStatus : 0;
    if (this.errorStatus !== 0) this.#errors++;
    const servedMs = this.#pool === undefined ? 0 : this.#pool.take(nowMs);
    this.refused = servedMs === undefined;
    if (this.refused) this.#refused++;
    this.latencyMs = (this.#slow() ? this.#draw() : 0) + (servedMs ?? 0);
    if (this.latencyMs > 0) this.#delayed++;
  }

  /** A request that was taken is answered, or its client has gone. */
  finished(): void {
    this.#inFlight--;
  }

  status(): BehaviourStatus {
    return {
      behaviour: this.#document,
      changedAtMs: this.#changedAtMs,
      requests: this.#requests,
      errors: this.#errors,
      delayed: this.#delayed,
      refused: this.#refused,
      mostInFlight: this.#mostInFlight,
    };
  }
}
