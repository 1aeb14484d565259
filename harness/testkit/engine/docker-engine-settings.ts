/** Where our own Docker engine keeps its things, and how it is configured: pure. */
import path from 'node:path';

export interface EngineFiles {
  /** Everything but the socket and what lives as long as a container does. */
  readonly directory: string;
  readonly settings: string;
  readonly log: string;
  readonly pid: string;
  readonly runtime: string;
  readonly data: string;
  /** On a tmpfs, and short: a socket's path may have 107 characters. */
  readonly volatile: string;
  /** The packet filter before the start; gone with a restart of the machine, as the rules are. */
  readonly firewall: string;
  /** For DOCKER_HOST. */
  readonly host: string;
}

export function engineFiles(cacheDirectory: string): EngineFiles {
  const directory = path.join(cacheDirectory, 'engine');
  const volatile = '/run/canaryproof-engine';
  return {
    directory,
    settings: path.join(directory, 'daemon.json'),
    log: path.join(directory, 'dockerd.log'),
    pid: path.join(volatile, 'dockerd.pid'),
    runtime: path.join(directory, 'runc-with-fewer-capabilities'),
    data: path.join(directory, 'data'),
    volatile,
    firewall: path.join(volatile, 'firewall-before.json'),
    host: `unix://${volatile}/docker.sock`,
  };
}

/**
 * Control group of every container on a machine with cgroup v1. There a group competes as one process with each
 * process beside it, so that a whole cluster gets the share of one (seen: an import of images took 113 s instead of
 * 18 s on a busy machine); with this weight it counts as sixteen.
 */
export const CONTROL_GROUP = { path: '/canaryproof-engine', cpuShares: 16 * 1024 } as const;

/** What of the machine the settings have to heed. */
export interface EngineMachine {
  /** Containers must be started by the wrapper before runc. */
  readonly reduced: boolean;
  readonly cgroupVersion: 1 | 2;
}

/** daemon.json. */
export function engineSettings(files: EngineFiles, machine: EngineMachine): Readonly<Record<string, unknown>> {
  return {
    hosts: [files.host],
    'data-root': files.data,
    'exec-root': path.join(files.volatile, 'exec'),
    pidfile: files.pid,
    'storage-driver': 'overlay2',
    // every cluster has a network of its own; the usual bridge would stay on the machine after the engine
    bridge: 'none',
    // a container that was killed with the engine must not come back with the next one
    'live-restore': false,
    ...(machine.cgroupVersion === 1 ? { 'cgroup-parent': CONTROL_GROUP.path } : {}),
    ...(machine.reduced ? { runtimes: { reduced: { path: files.runtime } }, 'default-runtime': 'reduced' } : {}),
  };
}
