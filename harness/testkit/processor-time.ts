import { readFile } from 'node:fs/promises';

/** Linux tells times in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time of this process's programs that have ended, and of theirs: on a busy machine it says more than the time
 * by the clock.
 * @param stat text of /proc/PID/stat (proc_pid_stat(5): fields 16 and 17)
 * @returns milliseconds; undefined where the text is none
 */
export function childrenMs(stat: string): number | undefined {
  return ticksMs(stat, [13, 14]);
}

/** The same of the process itself, without those that have ended (fields 14 and 15). */
export function processMs(stat: string): number | undefined {
  return ticksMs(stat, [11, 12]);
}

function ticksMs(stat: string, [user, system]: readonly [user: number, system: number]): number | undefined {
  // the program's name, in brackets, may hold anything
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[user]) + Number(fields[system]);
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : undefined;
}

/** Of this process; undefined on a system without /proc. */
export async function ownChildrenMs(): Promise<number | undefined> {
  return childrenMs(await readFile('/proc/self/stat', 'utf8').catch(() => ''));
}
