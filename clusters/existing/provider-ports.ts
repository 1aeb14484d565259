/** What the provider of clusters of others needs, and what it is told. */
import type { ClusterSpec } from '../../harness/ports/cluster.ts';
import type { Progress } from '../../harness/ports/progress.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { Guard } from '../../k8s/client/guarded-request.ts';
import type { InCluster } from '../access/machines/machine-cluster.ts';
import type { GitChoice } from './existing-cluster.ts';
import type { RemovalTimes } from './owned-objects.ts';
import type { LeaseTimes } from './run-lease.ts';

export interface ExistingOptions {
  readonly kubeconfig: string;
  readonly context: string;
  /** Name of the one context that may be used although we did not make its cluster. */
  readonly allowedContext: string | undefined;
  readonly installAddons: boolean;
  readonly git: GitChoice;
  /** `KIND/NAMESPACE/NAME` of what may be put into namespaces of others while a run lasts. */
  readonly sharedObjects: readonly string[];
}

export interface ExistingProviderPorts {
  /** Undefined: only clusters that were used before can be listed and taken down. */
  readonly options: ExistingOptions | undefined;
  readonly stateRoot: string;
  /** Whether a context leads to the cluster that canaryproof made beside that kubeconfig file. */
  readonly isOurs: (kubeconfig: string, context: string) => Promise<boolean>;
  /** Reads; and writes of the lease, which belongs to whoever holds it. */
  readonly connect: (kubeconfigPath: string) => ClusterClient;
  /** Writes only what is ours. */
  readonly connectOwned: (kubeconfigPath: string, guard: Guard, ready: () => Promise<void>) => ClusterClient;
  /** Components whose manifests an installation needs. */
  readonly prepare: (spec: ClusterSpec, progress: Progress, signal: AbortSignal) => Promise<void>;
  readonly installAddons: (
    addons: readonly string[],
    client: ClusterClient,
    progress: Progress,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly inCluster: InCluster;
  /** Whether this process uses the cluster after `up`: then no other run may until it ends. */
  readonly staysUp: boolean;
  readonly leaseTimes?: LeaseTimes;
  readonly removalTimes?: RemovalTimes;
  now(): number;
}
