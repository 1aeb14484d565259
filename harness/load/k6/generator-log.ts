/**
 * The log of a load generator: every different line is written once, when it first appears; repeats are counted and
 * the counts follow at the end. Nothing is lost, and thousands of equal warnings a second do not fill a disk.
 */
import { appendFileSync, writeFileSync } from 'node:fs';

/** Above this many different lines the repeats of further ones are no longer recognised and all are written. */
const MAX_REMEMBERED = 1000;
const TAIL_LINES = 20;

export class GeneratorLog {
  readonly file: string;
  readonly #seen = new Map<string, number>();
  readonly #tail: string[] = [];
  readonly #hide: (text: string) => string;
  #unwritten = 0;

  /** @param hide takes secrets out of a line: k6 repeats addresses, and reasons that servers give */
  constructor(file: string, hide: (text: string) => string = (text) => text) {
    this.file = file;
    this.#hide = hide;
    this.#write(() => writeFileSync(file, ''));
  }

  add(text: string): void {
    const line = this.#hide(text);
    const times = this.#seen.get(line);
    if (times !== undefined) {
      this.#seen.set(line, times + 1);
      return;
    }
    if (this.#seen.size < MAX_REMEMBERED) this.#seen.set(line, 1);
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    this.#write(() => appendFileSync(this.file, `${line}\n`));
  }

  /** Writes how often each repeated line came. */
  close(): void {
    const repeats = [...this.#seen].filter(([, times]) => times > 1);
    if (repeats.length === 0) return;
    const text = repeats.map(([line, times]) => `${times} times: ${line}\n`).join('');
    this.#write(() => appendFileSync(this.file, text));
  }

  /** The last different lines, for an error message. */
  tail(): string {
    const lost = this.#unwritten === 0 ? [] : [`(${this.#unwritten} log lines could not be written to ${this.file})`];
    return [...this.#tail, ...lost].join('\n');
  }

  /** A full disk must not end a load run; the tail stays in memory. */
  #write(write: () => void): void {
    try {
      write();
    } catch {
      this.#unwritten += 1;
    }
  }
}
