/** How much of this machine nobody uses at the moment, whoever uses the rest. */
import os from 'node:os';

/** Long enough that one garbage collection or one scrape does not look like a load. */
const OVER_MS = 2_000;

export type CoreTimes = Pick<os.CpuInfo, 'times'>;

/** @returns processor cores, a fraction of them too; work of low priority counts as use, because it slows its neighbours */
export async function measureIdleCores(
  pause: (ms: number) => Promise<void>,
  read: () => readonly CoreTimes[] = os.cpus,
): Promise<number> {
  const before = sums(read());
  await pause(OVER_MS);
  const after = sums(read());
  const passed = after.all - before.all;
  return passed > 0 ? (after.cores * Math.max(0, after.idle - before.idle)) / passed : 0;
}

function sums(cores: readonly CoreTimes[]) {
  const idle = cores.reduce((sum, { times }) => sum + times.idle, 0);
  const all = cores.reduce((sum, { times }) => sum + Object.values(times).reduce((one, ms) => one + ms, 0), 0);
  return { cores: cores.length, idle, all };
}
