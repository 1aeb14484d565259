/**
 * Where k6 dropped iterations, every later number stands for a later slot: by how many, told from how late each was. k6
 * starts an iteration at its slot's beginning or drops it, it queues none. Of n generators each has every n-th slot, and
 * numbers those that it began. Pure.
 */

export interface SeenSlots {
  /** Of each request, the slot by k6's number. */
  readonly slots: readonly number[];
  /** Of each request, how late it was sent by that number. */
  readonly latenessMs: readonly number[];
  readonly ratePerSecond: number;
  /** Of each generator, iterations that it dropped. */
  readonly dropped: readonly number[];
}

/** By number: how much later its slot is, the least by which it and all later ones of its generator were late. */
export function slotShifts({ slots, latenessMs, ratePerSecond, dropped }: SeenSlots): readonly number[] {
  const of = dropped.length;
  const last = slots.reduce((most, slot) => Math.max(most, slot), 0);
  const shifts = Array.from({ length: last + 1 }, (_, slot) => of * dropped[slot % of]!);
  for (const [index, slot] of slots.entries()) {
    const turns = Math.round((latenessMs[index]! * ratePerSecond) / (1000 * of));
    shifts[slot] = Math.min(shifts[slot]!, of * turns);
  }
  for (let slot = last - of; slot >= 0; slot -= 1) shifts[slot] = Math.min(shifts[slot]!, shifts[slot + of]!);
  return shifts;
}

/** The slots that were dropped before the last one that was begun. */
export function droppedSlots(shifts: readonly number[], generators: number): readonly number[] {
  const dropped: number[] = [];
  for (const [slot, shift] of shifts.entries())
    for (let missed = shifts[slot - generators] ?? 0; missed < shift; missed += generators) dropped.push(slot + missed);
  return dropped;
}
