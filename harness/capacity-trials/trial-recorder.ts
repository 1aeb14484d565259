/**
 * The requests of one trial against their schedule. Bounded by 32 bytes or so per request, and dropped with the trial.
 *
 * The schedule is known beforehand (scenarios/shared/arrival-slots.ts); k6 numbers the iterations that it began, so after
 * a dropped one every number stands for a later slot. Where k6 dropped any, an iteration's slot is its number and as many
 * more as every later one was late by: k6 starts an iteration at its slot's beginning or drops it, it queues none.
 */
import { slotCount, slotOffsets } from '../../scenarios/shared/arrival-slots.ts';
import { BIN_SECONDS, type TrialBins } from '../capacity/trial/trial-bins.ts';
import type { RequestSample } from '../ports/request-sample.ts';

export interface TrialSchedule {
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly limitMs: number;
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
/** Against rounding: 0.3 s is the beginning of the fourth bin. */
const binOf = (seconds: number) => Math.floor(seconds / BIN_SECONDS + 1e-6);

export class TrialRecorder {
  readonly #schedule: TrialSchedule;
  readonly #sequences: number[] = [];
  /** Kept, because every look asks for it again. */
  readonly #offsetsSeconds: number[] = [];
  readonly #latenciesMs: number[] = [];
  readonly #latenessMs: number[] = [];
  readonly #failed: boolean[] = [];

  constructor(schedule: TrialSchedule) {
    this.#schedule = schedule;
  }

  get received(): number {
    return this.#sequences.length;
  }

  /** Scheduled start of the newest request, seconds from the beginning. */
  take(sample: RequestSample): number {
    this.#sequences.push(sample.sequence);
    this.#offsetsSeconds.push(this.#offset(sample.sequence));
    this.#latenciesMs.push(sample.endMs - sample.startMs);
    this.#latenessMs.push(Number(sample.identity) / 10 || 0);
    this.#failed.push(sample.errorCode !== 0 || sample.status === 0);
    return Math.floor(sample.sequence / PER_SLOT) / this.#schedule.ratePerSecond;
  }

  /** While k6 runs: what has come so far. @param seconds bins until then */
  look(seconds: number): TrialBins {
    return this.#bins(seconds, undefined);
  }

  /**
   * @param seconds bins until then
   * @param begun iterations that k6 began; undefined where it was stopped: then no request is missed
   * @param dropped iterations that k6 dropped
   */
  bins(seconds: number, begun?: number, dropped = 0): RecordedTrial {
    const shifts = dropped > 0 ? this.#shifts(dropped) : undefined;
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

  #bins(seconds: number, shifts: readonly number[] | undefined) {
    const { ratePerSecond, limitMs } = this.#schedule;
    const count = Math.max(1, Math.round(seconds / BIN_SECONDS));
    const arrivals = new Array<number>(count).fill(0);
    const bad = new Array<number>(count).fill(0);
    const change = new Array<number>(count + 1).fill(0);
    for (let index = 0; index < this.#sequences.length; index += 1) {
      const sequence = this.#sequences[index]!;
      const slot = Math.floor(sequence / PER_SLOT);
      const shift = shifts?.[slot] ?? 0;
      const latencyMs = this.#latenciesMs[index]! - (shift * 1000) / ratePerSecond;
      const due = (slot + shift) / ratePerSecond + this.#offsetsSeconds[index]!;
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
    for (let slot = 0; slot < shifts.length; slot += 1) {
      const before = slot === 0 ? 0 : shifts[slot - 1]!;
      for (let missed = before; missed < shifts[slot]!; missed += 1) {
        const at = slot + missed;
        const bin = binOf(at / ratePerSecond);
        if (bin >= arrivals.length) continue;
        const requests = this.#schedule.arrivals === 'paced' ? 1 : slotCount(this.#schedule.seed, at);
        arrivals[bin]! += requests;
        bad[bin]! += requests;
        if (Math.max(open[bin]!, open[bin - 1] ?? 0) >= enough) held += requests;
        else free += requests;
      }
    }
    return { held, free };
  }

  /** Per iteration, how many slots before it were dropped: the least by which it and all later ones were late. */
  #shifts(dropped: number): readonly number[] {
    const { ratePerSecond } = this.#schedule;
    const last = this.#sequences.reduce((most, sequence) => Math.max(most, Math.floor(sequence / PER_SLOT)), 0);
    const shifts = new Array<number>(last + 1).fill(dropped);
    for (const [index, sequence] of this.#sequences.entries()) {
      const slot = Math.floor(sequence / PER_SLOT);
      shifts[slot] = Math.min(shifts[slot]!, Math.round((this.#latenessMs[index]! * ratePerSecond) / 1000));
    }
    for (let slot = last - 1; slot >= 0; slot -= 1) shifts[slot] = Math.min(shifts[slot]!, shifts[slot + 1]!);
    return shifts;
  }

  /** Seconds after the beginning of its slot. */
  #offset(sequence: number): number {
    if (this.#schedule.arrivals === 'paced') return 0;
    const slot = Math.floor(sequence / PER_SLOT);
    const offsets = slotOffsets(this.#schedule.seed, slot, slotCount(this.#schedule.seed, slot));
    return (offsets[sequence % PER_SLOT] ?? 0) / this.#schedule.ratePerSecond;
  }

  #expected(begun: number): number {
    if (this.#schedule.arrivals === 'paced') return begun;
    let sum = 0;
    for (let slot = 0; slot < begun; slot += 1) sum += slotCount(this.#schedule.seed, slot);
    return sum;
  }

  #latenessP99(shifts: readonly number[] | undefined): number {
    const late = this.#latenessMs
      .map((ms, index) => {
        const shift = shifts?.[Math.floor(this.#sequences[index]! / PER_SLOT)] ?? 0;
        return ms - (shift * 1000) / this.#schedule.ratePerSecond;
      })
      .sort((a, b) => a - b);
    return late[Math.min(late.length - 1, Math.floor(late.length * 0.99))] ?? 0;
  }
}
