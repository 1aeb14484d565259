/** Processor time of the whole machine. */
import { cpus } from 'node:os';

/** Milliseconds of all CPUs together since the machine began. */
export function readMachineCpu(): { readonly idle: number; readonly total: number } {
  let [idle, total] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}
