/** A process named by pid and start time, so that a reused pid is never mistaken for ours, let alone killed. */
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTicks: string;
}

interface Stat {
  readonly state: string;
  readonly startTicks: string;
}

async function readStat(file: string): Promise<Stat | undefined> {
  try {
    const stat = await readFile(file, 'utf8');
    // the command name may hold spaces and parentheses: fields are counted from the last one
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
  } catch {
    return undefined;
  }
}

const isDead = ({ state }: Stat): boolean => state === 'Z' || state === 'X';

/**
 * The identity of a living process, or undefined. A zombie is dead, unless one of its threads still runs: the first
 * process of a pid namespace shows its first thread as a zombie while its last one waits for all the others to end.
 */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(`/proc/${pid}/stat`);
  if (stat === undefined || (isDead(stat) && !(await hasLivingThread(pid)))) return undefined;
  return { pid, startTicks: stat.startTicks };
}

async function hasLivingThread(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const stats = await Promise.all(threads.map((thread) => readStat(`/proc/${pid}/task/${thread}/stat`)));
  return stats.some((stat) => stat !== undefined && !isDead(stat));
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTicks === identity.startTicks;
}

/** Pids of the direct children, as the kernel lists them. */
export async function childPids(pid: number): Promise<number[]> {
  try {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
