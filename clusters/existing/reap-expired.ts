/** Acts on `expires-at`: what this user left on shared clusters and nobody has used since goes with the next `up`. */
import { readdir } from 'node:fs/promises';
import type { Progress } from '../../harness/ports/progress.ts';
import { bootMoment } from '../../harness/process/boot-moment.ts';
import { machineFiles } from '../access/machines/machine-files.ts';
import { type MachineState, readMachineState } from '../access/machines/machine-state.ts';
import { isClusterFolder, leaseCluster } from '../access/ownership/cluster-lease.ts';
import { isExpired } from '../access/ownership/expiry.ts';

/** Locks it, looks again, and takes the lease of its cluster. @returns whether it was taken down */
type TakeDown = (name: string, progress: Progress, onlyIf: (state: MachineState) => boolean) => Promise<boolean>;

/** Only installations of our own state files. What cannot be removed stays, and is said. */
export async function reapExpired(
  stateRoot: string,
  now: () => number,
  takeDown: TakeDown,
  except: string,
  progress: Progress,
): Promise<void> {
  const entries = await readdir(stateRoot, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries.filter(isClusterFolder)) {
    if (name === except) continue;
    const boot = await bootMoment();
    const expired = (state: MachineState) => isExpired(state, now(), boot);
    const seen = await readMachineState(machineFiles(stateRoot, name));
    if (seen === undefined || !expired(seen)) continue;
    try {
      // nobody may begin to use it while it goes
      const lease = await leaseCluster(stateRoot, name);
      const removed = await takeDown(name, progress, expired).finally(() => lease.release());
      if (removed) progress.note(`removed what was left of the expired cluster ${name}`);
    } catch (error) {
      progress.note(`the expired cluster ${name} stays: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
