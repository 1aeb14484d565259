/** What it takes to place load and to record it; the scene of a run is one. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { RunningCluster } from '../ports/cluster.ts';
import type { Identify } from '../ports/identify.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { RunDirectory } from '../run-directory/run-directory.ts';
import type { EnvironmentHealth } from '../verdict/environment-health.ts';

export interface LoadSite {
  readonly cluster: Pick<RunningCluster, 'loadAt'>;
  /** Finds the pods that clients start in and the addresses of Services. */
  readonly client: Pick<ClusterClient, 'get' | 'list'>;
  readonly profile: {
    readonly load: {
      readonly identify: Identify;
      readonly requestTimeoutMs: number;
      readonly newConnectionPerRequest: boolean;
    };
  };
  /** Requests per second on every path instead of the path's own. */
  readonly ratePerSecond: number | undefined;
  readonly load: LoadRunner;
  readonly evidence: Pick<RunDirectory, 'createSamples'>;
  /** Processor cores of the machine that generates the load. */
  readonly cores: number;
  readonly signal: AbortSignal;
  /** Tells losses of the environment from those of the subject. */
  readonly environment?: EnvironmentHealth;
}
