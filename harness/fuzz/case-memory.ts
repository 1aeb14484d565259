/** The case that a thread works on, in memory that another thread can read while it does. */

export interface CaseMemory {
  /** Number of the case, and its length in UTF-16 units. */
  readonly counters: SharedArrayBuffer;
  readonly text: SharedArrayBuffer;
}

const LONGEST = 262_144;

export function createMemory(): CaseMemory {
  return { counters: new SharedArrayBuffer(8), text: new SharedArrayBuffer(LONGEST * 2) };
}

export function openMemory({ counters, text }: CaseMemory) {
  const numbers = new Int32Array(counters);
  const units = new Uint16Array(text);
  return {
    begin(current: string): void {
      const length = Math.min(current.length, LONGEST);
      for (let index = 0; index < length; index += 1) units[index] = current.charCodeAt(index);
      Atomics.store(numbers, 1, length);
      Atomics.add(numbers, 0, 1);
    },
    /** Changes with every case. */
    count: (): number => Atomics.load(numbers, 0),
    current: (): string => String.fromCharCode(...units.subarray(0, Math.min(Atomics.load(numbers, 1), 20_000))),
  };
}
