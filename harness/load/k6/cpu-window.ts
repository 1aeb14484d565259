/** CPU time of the load generator between its first and its last evidence, so that its start-up does not count. */
import { cpuSecondsOf, generatorPid } from './generator-process.ts';

export class CpuWindow {
  readonly #childPid: number;
  readonly #program: string;
  #first: number | undefined;
  #last: number | undefined;

  /** @param program real path of the load generator; `childPid` may be a prefix program in front of it. */
  constructor(childPid: number, program: string) {
    this.#childPid = childPid;
    this.#program = program;
  }

  /** The process to send signals to. */
  get pid(): number {
    return generatorPid(this.#childPid, this.#program);
  }

  /** Called whenever evidence arrived. */
  read(): void {
    const seconds = cpuSecondsOf(this.pid);
    if (seconds === undefined) return;
    this.#first ??= seconds;
    this.#last = Math.max(this.#last ?? 0, seconds);
  }

  /** 0 when nothing could be read (no Linux). */
  get seconds(): number {
    return (this.#last ?? 0) - (this.#first ?? 0);
  }
}
