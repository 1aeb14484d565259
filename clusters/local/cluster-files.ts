/** Where a local cluster keeps its files; all of them go with `down`. */
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';

export interface ClusterFiles {
  readonly name: string;
  /** Kubeconfig, specification, logs, etcd data, Git repositories. Mode 0700. */
  readonly directory: string;
  /** Sockets: below the runtime root, a short path. Mode 0700. */
  readonly sockets: string;
  readonly spec: string;
  /** The random word by which the cluster's processes are told from everybody else's. */
  readonly marks: readonly [string, string];
  /** Path of `sockets` as `up` had it: whoever takes the cluster down may have another runtime folder. */
  readonly socketsAt: string;
  /** Supervisor and node init by pid and start time. */
  readonly processes: string;
  readonly state: string;
  readonly kubeconfig: string;
  /** Written by `up` when every addon is ready. */
  readonly ready: string;
  readonly logs: string;
  /** Configuration and certificates of the node's programs. */
  readonly node: string;
  /** What etcd is given before the API server starts. */
  readonly base: string;
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

/** @param runtimeRoot see `makeRuntimeRoot`; the same inside the node, where the user may have another id */
export function clusterFiles(stateRoot: string, name: string, runtimeRoot: string): ClusterFiles {
  const directory = path.join(stateRoot, name);
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const sockets = path.join(runtimeRoot, key);
  return {
    name,
    directory,
    sockets,
    spec: path.join(directory, 'spec.json'),
    marks: [path.join(directory, 'process-mark'), path.join(sockets, 'process-mark')],
    socketsAt: path.join(directory, 'sockets-at'),
    processes: path.join(directory, 'processes.json'),
    state: path.join(directory, 'state.json'),
    kubeconfig: path.join(directory, 'kubeconfig'),
    ready: path.join(directory, 'ready.json'),
    logs: path.join(directory, 'logs'),
    node: path.join(directory, 'node'),
    base: path.join(directory, 'node', 'base.json'),
    volatile: path.join(sockets, 'volatile'),
    git: path.join(directory, 'git'),
    dialSocket: path.join(sockets, 'dial.sock'),
    criSocket: path.join(sockets, 'cri.sock'),
  };
}
