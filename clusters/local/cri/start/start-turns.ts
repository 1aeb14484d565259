/**
 * Containers start side by side while a processor is idle, and one after the other when all are in use. What a start costs
 * is then spread over a longer time, and whoever runs already (a gateway with its clients) keeps getting its turn: twelve
 * proxies that start at once take two cores away from it for seconds.
 */
import { readMachineCpu } from '../../../../harness/process/machine-cpu.ts';
import { pause } from '../../../../harness/process/pause.ts';

/** About as long as a proxy's agent or a proxy is busy with its start; nobody waits longer for the one before it. */
const LONGEST_TURN_MS = 1_000;
/** Long enough for the kernel's clock of 10 ms a tick to tell idle from busy. */
const LOOK_MS = 50;
/** Cores of the machine that must have been idle for the next to start at once. */
const IDLE_CORES = 0.25;

export interface StartTurnPorts {
  readonly cores: number;
  read(): { readonly idle: number; readonly total: number };
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  pause(ms: number): Promise<void>;
}

/** @returns resolves when it is the caller's turn to start a container, in the order of the calls; never rejects */
export function startTurns({ cores, read, now, pause: wait }: StartTurnPorts): () => Promise<void> {
  let startedMs = Number.NEGATIVE_INFINITY;
  let queue = Promise.resolve();
  const turn = async () => {
    while (now() - startedMs < LONGEST_TURN_MS) {
      const before = read();
      await wait(LOOK_MS);
      const after = read();
      const passed = after.total - before.total;
      if (passed > 0 && (cores * (after.idle - before.idle)) / passed >= IDLE_CORES) break;
    }
    startedMs = now();
  };
  return () => {
    queue = queue.then(turn);
    return queue;
  };
}

/** Of this machine. @param cores of all processors, whatever share of them is ours */
export const machineTurns = (cores: number) =>
  startTurns({ cores, read: readMachineCpu, now: () => performance.now(), pause: (ms) => pause(ms) });
