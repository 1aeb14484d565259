/** Finds the load generator below its prefix programs (nsenter, sudo ...) and reads its CPU time. Linux: /proc. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** USER_HZ, the unit of /proc/<pid>/stat: 100 on every Linux architecture (proc(5)). */
const TICKS_PER_SECOND = 100;

/**
 * The process that runs `program`, or else the one without children at the end of the line below `pid`. Prefix
 * programs either replace themselves with what they start or wait for one child.
 */
export function generatorPid(pid: number, program: string): number {
  let current = pid;
  for (let depth = 0; depth < 16; depth += 1) {
    if (executableOf(current) === program) return current;
    const children = childrenOf(current);
    if (children.length === 0) return current;
    current = children.find((child) => executableOf(child) === program) ?? children[0]!;
  }
  return current;
}

/** User and system CPU seconds so far, with all threads; undefined when the process is gone or the system is no Linux. */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, userTicks, systemTicks] = [fields?.[0], Number(fields?.[11]), Number(fields?.[12])];
  if (state === undefined || !Number.isFinite(userTicks + systemTicks)) return undefined;
  return (userTicks + systemTicks) / TICKS_PER_SECOND;
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      (readText(`/proc/${pid}/task/${thread}/children`) ?? '').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
