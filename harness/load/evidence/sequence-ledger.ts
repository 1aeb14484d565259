/** Which request numbers have been seen: one bit each, so an hour at 2,000 requests/s takes 0.9 MB. */
const FIRST_WORDS = 4096;

export class SequenceLedger {
  #words = new Uint32Array(FIRST_WORDS);
  #count = 0;
  #highest = -1;

  /** Different numbers seen. */
  get count(): number {
    return this.#count;
  }

  /** The highest number seen, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** @returns false when the number was there already, or is out of reach of a 32-bit bit map. */
  add(sequence: number): boolean {
    const word = Math.floor(sequence / 32);
    if (word >= 2 ** 27) return false;
    if (word >= this.#words.length) this.#grow(word);
    const bit = 1 << (sequence % 32);
    const before = this.#words[word] ?? 0;
    if ((before & bit) !== 0) return false;
    this.#words[word] = before | bit;
    this.#count += 1;
    if (sequence > this.#highest) this.#highest = sequence;
    return true;
  }

  #grow(word: number): void {
    const words = new Uint32Array(2 ** Math.ceil(Math.log2(word + 1)));
    words.set(this.#words);
    this.#words = words;
  }
}
