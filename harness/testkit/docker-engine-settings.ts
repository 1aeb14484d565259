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
    host: `unix://${volatile}/docker.sock`,
  };
}

/** daemon.json. @param reduced whether containers must be started by the wrapper before runc */
export function engineSettings(files: EngineFiles, reduced: boolean): Readonly<Record<string, unknown>> {
  return {
    hosts: [files.host],
    'data-root': files.data,
    'exec-root': path.join(files.volatile, 'exec'),
    pidfile: files.pid,
    'storage-driver': 'overlay2',
    // a container that was killed with the engine must not come back with the next one
    'live-restore': false,
    ...(reduced ? { runtimes: { reduced: { path: files.runtime } }, 'default-runtime': 'reduced' } : {}),
  };
}
