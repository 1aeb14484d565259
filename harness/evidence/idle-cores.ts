/** How much of this machine nobody uses at the moment, whoever uses the rest. */
import { readMachineCpu } from '../process/machine-cpu.ts';

/** Long enough that one garbage collection or one scrape does not look like a load. */
const OVER_MS = 2_000;

/**
 * @param cores those that this process may use: a quota may leave it fewer than the machine has
 * @returns processor cores, a fraction of them too; work of low priority counts as use, because it slows its neighbours
 */
export async function measureIdleCores(
  cores: number,
  pause: (ms: number) => Promise<void>,
  read = readMachineCpu,
): Promise<number> {
  const before = read();
  await pause(OVER_MS);
  const after = read();
  const passed = after.total - before.total;
  return passed > 0 ? (cores * Math.max(0, after.idle - before.idle)) / passed : 0;
}
