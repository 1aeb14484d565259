/** Cuts a byte stream into lines with bounded memory: a line over the bound is dropped whole and counted. */
const NEWLINE = 0x0a;

export interface LineCounts {
  /** Lines over the bound. */
  readonly overlong: number;
  /** Bytes at the end of the stream without a newline: 1 when there were any. */
  readonly cut: number;
}

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #encoding: 'latin1' | 'utf8';
  readonly #maxLineBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #skipping = false;
  #overlong = 0;
  #cut = 0;

  constructor(onLine: (line: string) => void, encoding: 'latin1' | 'utf8' = 'utf8', maxLineBytes = 65_536) {
    this.#onLine = onLine;
    this.#encoding = encoding;
    this.#maxLineBytes = maxLineBytes;
  }

  get counts(): LineCounts {
    return { overlong: this.#overlong, cut: this.#cut };
  }

  /** The chunk may be reused by the caller afterwards. */
  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#finishLine(chunk, from, at);
      from = at + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** The stream ended. What is left without a newline was cut short and is no line. */
  end(): void {
    if (this.#pendingBytes > 0 || this.#skipping) this.#cut += 1;
    this.#forget();
    this.#skipping = false;
  }

  #finishLine(chunk: Buffer, from: number, to: number): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    if (this.#pendingBytes + to - from > this.#maxLineBytes) {
      this.#overlong += 1;
      this.#forget();
      return;
    }
    if (this.#pendingBytes === 0) {
      this.#onLine(chunk.toString(this.#encoding, from, to));
      return;
    }
    const line = Buffer.concat([...this.#pending, chunk.subarray(from, to)]).toString(this.#encoding);
    this.#forget();
    this.#onLine(line);
  }

  #keep(rest: Buffer): void {
    if (this.#skipping) return;
    if (this.#pendingBytes + rest.length > this.#maxLineBytes) {
      this.#overlong += 1;
      this.#skipping = true;
      this.#forget();
      return;
    }
    this.#pending.push(Buffer.from(rest));
    this.#pendingBytes += rest.length;
  }

  #forget(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
