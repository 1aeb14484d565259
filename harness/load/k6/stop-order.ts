/** Ends a load generator: an interrupt once, and a kill when it is still there after a bound. */
export type StopReason = 'verdict' | 'signal' | 'hung';

export class StopOrder {
  readonly #boundMs: number;
  readonly #send: (signal: 'SIGINT' | 'SIGKILL') => void;
  #reason: StopReason | undefined;
  #killed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(boundMs: number, send: (signal: 'SIGINT' | 'SIGKILL') => void) {
    this.#boundMs = boundMs;
    this.#send = send;
  }

  /** Only the first order counts: k6 takes a second interrupt as "leave at once" and would not close its books. */
  give(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#send('SIGINT');
    this.#timer = setTimeout(() => {
      this.#killed = true;
      this.#send('SIGKILL');
    }, this.#boundMs);
  }

  /** The generator has ended. */
  clear(): void {
    clearTimeout(this.#timer);
  }

  get given(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  get killed(): boolean {
    return this.#killed;
  }
}
