/** Where canaryproof keeps what it knows of a cluster that it does not run itself; all of it goes with `down`. */
import os from 'node:os';
import path from 'node:path';

export interface MachineFiles {
  readonly name: string;
  /** Mode 0700. */
  readonly directory: string;
  readonly kubeconfig: string;
  /** Who made the cluster, for what specification, and until when it is wanted. */
  readonly state: string;
}

/** `$XDG_STATE_HOME/canaryproof/<provider>`, or the same below `~/.local/state`. */
export function machineStateRoot(env: Readonly<Record<string, string | undefined>>, provider: string): string {
  const state = env.XDG_STATE_HOME || path.join(env.HOME || os.homedir(), '.local', 'state');
  return path.join(state, 'canaryproof', provider);
}

export function machineFiles(stateRoot: string, name: string): MachineFiles {
  const directory = path.join(stateRoot, name);
  return {
    name,
    directory,
    kubeconfig: path.join(directory, 'kubeconfig'),
    state: path.join(directory, 'cluster.json'),
  };
}
