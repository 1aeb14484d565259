/** CPU seconds of all ended and awaited child processes of this one (proc(5), cutime and cstime in ticks of 10 ms). */
import { readFileSync } from 'node:fs';

export function endedChildrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
