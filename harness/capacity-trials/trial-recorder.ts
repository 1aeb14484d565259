/**
 * The requests of one trial against their schedule. Bounded by 32 bytes or so per request, and dropped with the trial.
 *
 * The schedule is known beforehand (scenarios/shared/arrival-slots.ts), and is the same for any number of generators; k6
 * numbers the iterations that it began, which slot-shifts.ts puts right where any were dropped.
 */
import { slotCount, slotOffsets } from '../../scenarios/shared/arrival-slots.ts';
import { BIN_SECONDS, binOf, type TrialBins } from '../capacity/trial/trial-bins.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import { droppedSlots, slotShifts } from './slot-shifts.ts';

export interface TrialSchedule {
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly limitMs: number;
  /** How many generators take turns. */
  readonly generators: number;
}

export interface RecordedTrial {
  readonly bins: TrialBins;
  /** Requests that were due until `seconds`. */
  readonly due: number;
  /** Dropped requests that count as bad: the system held at least λT requests open. */
  readonly droppedHeld: number;
  /** Dropped ones that the generator alone explains. */
  readonly droppedFree: number;
  /** Requests of iterations that began, and that left no line. */
  readonly lost: number;
  readonly latenessP99Ms: number;
}

const PER_SLOT = 16;

export class TrialRecorder {
  readonly #schedule: TrialSchedule;
  readonly #sequences: number[] = [];
  /** Kept, because every look asks for it again. */
  readonly #offsetsSeconds: number[] = [];
  readonly #latenciesMs: number[] = [];
  readonly #latenessMs: number[] = [];
  readonly #failed: boolean[] = [];
  /** By generator: the latest slot that came. */
  readonly #latest: number[];

  constructor(schedule: TrialSchedule) {
    this.#schedule = schedule;
    this.#latest = new Array<number>(schedule.generators).fill(0);
  }

  get received(): number {
    return this.#sequences.length;
  }

  /** Every generator has come so far, seconds from the beginning. */
  get reachedSeconds(): number {
    return Math.min(...this.#latest) / this.#schedule.ratePerSecond;
  }

  /** @returns when it was due, seconds from the beginning, by the beginning of its slot */
  take(sample: RequestSample): number {
    const slot = Math.floor(sample.sequence / PER_SLOT);
    const generator = slot % this.#latest.length;
    this.#latest[generator] = Math.max(this.#latest[generator]!, slot);
    this.#sequences.push(sample.sequence);
    this.#offsetsSeconds.push(this.#offset(sample.sequence));
    this.#latenciesMs.push(sample.endMs - sample.startMs);
    this.#latenessMs.push(Number(sample.identity) / 10 || 0);
    this.#failed.push(sample.errorCode !== 0 || sample.status === 0);
    return slot / this.#schedule.ratePerSecond;
  }

  /** While k6 runs: what has come so far. @param seconds bins until then */
  look(seconds: number): TrialBins {
    return this.#bins(seconds, undefined);
  }

  /**
   * @param seconds bins until then
   * @param begun by generator, iterations that k6 began; undefined where it was stopped: then no request is missed
   * @param dropped by generator, iterations that k6 dropped
   */
  bins(seconds: number, begun?: readonly number[], dropped: readonly number[] = []): RecordedTrial {
    const shifts = dropped.some((count) => count > 0) ? this.#shifts(dropped) : undefined;
    const bins = this.#bins(seconds, shifts);
    const held = shifts === undefined ? { held: 0, free: 0 } : this.#countDropped(shifts, bins);
    const due = bins.arrivals.reduce((sum, value) => sum + value, 0);
    const expected = begun === undefined ? this.received : this.#expected(begun);
    return {
      bins,
      due,
      droppedHeld: held.held,
      droppedFree: held.free,
      lost: Math.max(0, expected - this.received),
      latenessP99Ms: this.#latenessP99(shifts),
    };
  }

  /**
   * Each request that was due: when, in seconds, and its latency from then; Infinity where it failed or was dropped.
   * @param dropped by generator, iterations that k6 dropped
   */
  answers(dropped: readonly number[]): {
    readonly dueSeconds: readonly number[];
    readonly latenciesMs: readonly number[];
  } {
    const { ratePerSecond, generators } = this.#schedule;
    const shifts = dropped.some((count) => count > 0) ? this.#shifts(dropped) : undefined;
    const dueSeconds = this.#sequences.map((_, index) => this.#dueSeconds(index, shifts));
    const latenciesMs = this.#failed.map((failed, index) => (failed ? Infinity : this.#latencyMs(index, shifts)));
    for (const at of droppedSlots(shifts ?? [], generators))
      for (let request = 0; request < this.#requestsOf(at); request += 1) {
        dueSeconds.push(at / ratePerSecond);
        latenciesMs.push(Infinity);
      }
    return { dueSeconds, latenciesMs };
  }

  #shiftOf(index: number, shifts: readonly number[] | undefined): number {
    return shifts?.[Math.floor(this.#sequences[index]! / PER_SLOT)] ?? 0;
  }

  #dueSeconds(index: number, shifts: readonly number[] | undefined): number {
    const slot = Math.floor(this.#sequences[index]! / PER_SLOT) + this.#shiftOf(index, shifts);
    return slot / this.#schedule.ratePerSecond + this.#offsetsSeconds[index]!;
  }

  #latencyMs(index: number, shifts: readonly number[] | undefined): number {
    return this.#latenciesMs[index]! - (this.#shiftOf(index, shifts) * 1000) / this.#schedule.ratePerSecond;
  }

  #bins(seconds: number, shifts: readonly number[] | undefined) {
    const { limitMs } = this.#schedule;
    const count = Math.max(1, Math.round(seconds / BIN_SECONDS));
    const arrivals = new Array<number>(count).fill(0);
    const bad = new Array<number>(count).fill(0);
    const change = new Array<number>(count + 1).fill(0);
    for (let index = 0; index < this.#sequences.length; index += 1) {
      const latencyMs = this.#latencyMs(index, shifts);
      const due = this.#dueSeconds(index, shifts);
      const bin = binOf(due);
      if (bin >= count) continue;
      arrivals[bin]! += 1;
      if (this.#failed[index] || latencyMs > limitMs) bad[bin]! += 1;
      change[bin]! += 1;
      change[Math.min(count, binOf(due + latencyMs / 1000))]! -= 1;
    }
    let now = 0;
    const open = change.slice(0, count).map((step) => (now += step));
    return { arrivals, bad, open };
  }

  /** Adds each dropped slot's requests to its bin. */
  #countDropped(
    shifts: readonly number[],
    { arrivals, bad, open }: { arrivals: number[]; bad: number[]; open: number[] },
  ) {
    const { ratePerSecond, limitMs } = this.#schedule;
    const enough = (ratePerSecond * limitMs) / 1000;
    let [held, free] = [0, 0];
    for (const at of droppedSlots(shifts, this.#schedule.generators)) {
      const bin = binOf(at / ratePerSecond);
      if (bin >= arrivals.length) continue;
      const requests = this.#requestsOf(at);
      arrivals[bin]! += requests;
      bad[bin]! += requests;
      if (Math.max(open[bin]!, open[bin - 1] ?? 0) >= enough) held += requests;
      else free += requests;
    }
    return { held, free };
  }

  #shifts(dropped: readonly number[]): readonly number[] {
    const slots = this.#sequences.map((sequence) => Math.floor(sequence / PER_SLOT));
    return slotShifts({
      slots,
      dropped,
      latenessMs: this.#latenessMs,
      ratePerSecond: this.#schedule.ratePerSecond,
    });
  }

  /** Seconds after the beginning of its slot. */
  #offset(sequence: number): number {
    if (this.#schedule.arrivals === 'paced') return 0;
    const slot = Math.floor(sequence / PER_SLOT);
    const offsets = slotOffsets(this.#schedule.seed, slot, slotCount(this.#schedule.seed, slot));
    return (offsets[sequence % PER_SLOT] ?? 0) / this.#schedule.ratePerSecond;
  }

  #requestsOf(slot: number): number {
    return this.#schedule.arrivals === 'paced' ? 1 : slotCount(this.#schedule.seed, slot);
  }

  #expected(begun: readonly number[]): number {
    let sum = 0;
    for (const [generator, count] of begun.entries())
      for (let turn = 0; turn < count; turn += 1) sum += this.#requestsOf(turn * begun.length + generator);
    return sum;
  }

  #latenessP99(shifts: readonly number[] | undefined): number {
    const { ratePerSecond } = this.#schedule;
    const late = this.#latenessMs
      .map((ms, index) => ms - (this.#shiftOf(index, shifts) * 1000) / ratePerSecond)
      .sort((a, b) => a - b);
    return late[Math.min(late.length - 1, Math.floor(late.length * 0.99))] ?? 0;
  }
}
