/** Where a local cluster keeps its files; all of them go with `down`. */
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';

export interface ClusterFiles {
  readonly name: string;
  /** Kubeconfig, specification, logs, etcd data, Git repositories. Mode 0700. */
  readonly directory: string;
  /** Sockets: a short path, because a unix socket's name holds at most 107 bytes. Mode 0700. */
  readonly sockets: string;
  readonly spec: string;
  readonly state: string;
  readonly kubeconfig: string;
  /** Written by `up` when every addon is ready. */
  readonly ready: string;
  readonly logs: string;
  /** Configuration and certificates of the node's programs. */
  readonly node: string;
  /** Where the node mounts its tmpfs; empty as seen from the host. Short as well: the kubelet makes sockets in it. */
  readonly volatile: string;
  readonly git: string;
  readonly dialSocket: string;
  readonly criSocket: string;
}

/** `$XDG_STATE_HOME/canaryproof/clusters`, or `~/.local/state/canaryproof/clusters`. */
export function defaultStateRoot(env: Readonly<Record<string, string | undefined>>): string {
  const state = env.XDG_STATE_HOME || path.join(env.HOME || os.homedir(), '.local', 'state');
  return path.join(state, 'canaryproof', 'clusters');
}

export function clusterFiles(stateRoot: string, name: string): ClusterFiles {
  const directory = path.join(stateRoot, name);
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const sockets = path.join('/tmp', `canaryproof-${key}`);
  return {
    name,
    directory,
    // no user id in it: inside a user namespace the same user has another one
    sockets,
    spec: path.join(directory, 'spec.json'),
    state: path.join(directory, 'state.json'),
    kubeconfig: path.join(directory, 'kubeconfig'),
    ready: path.join(directory, 'ready.json'),
    logs: path.join(directory, 'logs'),
    node: path.join(directory, 'node'),
    volatile: path.join(sockets, 'volatile'),
    git: path.join(directory, 'git'),
    dialSocket: path.join(sockets, 'dial.sock'),
    criSocket: path.join(sockets, 'cri.sock'),
  };
}
