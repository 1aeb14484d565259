/**
 * Runs what is still to be run, several at once where that changes no truth. One that is spoilt while others run beside it
 * says that the machine has no room for so many, and from then on there is one less.
 */
import type { Journal, PlantedRun } from './journal.ts';
import { fateOf, nextRun, type Order, type ProofSize } from './score.ts';

export interface RunAllPorts {
  readonly journal: Pick<Journal, 'runs' | 'add'>;
  run(order: Order, signal: AbortSignal): Promise<PlantedRun>;
  /** Told of each run, with how many ran at once from its beginning. */
  told(order: Order, run: PlantedRun, atOnce: number): void;
}

/** @throws what a run throws, when the others have ended too; the signal's reason */
export async function runAll(
  size: Pick<ProofSize, 'systems' | 'repeat'>,
  most: number,
  { journal, run, told }: RunAllPorts,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const running = new Map<Order, Promise<void>>();
  let atOnce = most;
  const begin = (order: Order) => {
    const beside = running.size + 1;
    const isBeside = () => running.size > 1 || beside > 1;
    const work = run(order, either).then(async (planted) => {
      if (fateOf(order.system, planted) === 'invalid' && isBeside()) atOnce = Math.max(1, atOnce - 1);
      await journal.add(planted);
      told(order, planted, beside);
    });
    running.set(
      order,
      work.finally(() => running.delete(order)),
    );
  };
  for (;;) {
    signal.throwIfAborted();
    while (running.size < atOnce) {
      const next = nextRun(size, journal.runs, [...running.keys()]);
      if (next === undefined) break;
      begin(next);
    }
    if (running.size === 0) return;
    try {
      await Promise.race(running.values());
    } catch (error) {
      failed.abort(error);
      await Promise.allSettled(running.values());
      throw error;
    }
  }
}
