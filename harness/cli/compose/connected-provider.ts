/** A provider that is connected with its toolset and its clusters' API. */
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';
import type { ClusterClient } from '../../../k8s/client/cluster-client.ts';
import type { ClusterProvider } from '../../ports/cluster.ts';
import type { Progress } from '../../ports/progress.ts';
import type { ProviderName, ProviderSettings } from '../cluster-requests.ts';

export interface ProviderRequest {
  readonly provider: ProviderName;
  readonly settings: ProviderSettings;
  /** Components wanted beside those of the cluster and its addons. */
  readonly extraComponents: readonly string[];
  /** Images that the manifests of the profile name. */
  readonly imageReferences: (progress: Progress) => Promise<readonly string[]>;
  readonly keepOnFailure: boolean;
  /** Whether this process lives as long as the cluster is used. */
  readonly staysUp: boolean;
}

export interface ConnectedProvider {
  readonly provider: ClusterProvider;
  /** Components that the last `up` used. @throws TypeError before it */
  toolset(): Toolset;
  /** A client for what a profile applies. */
  connect(kubeconfigPath: string): ClusterClient;
  readonly stateRoot: string;
  /** Gives back what keeps others off the cluster; after `down`, or when the cluster is kept. */
  release?(): Promise<void>;
}

/** For questions and removals, where nothing is made. */
export const NOTHING_WANTED = {
  settings: {},
  extraComponents: [],
  imageReferences: async () => [],
  keepOnFailure: false,
  staysUp: false,
} as const satisfies Omit<ProviderRequest, 'provider'>;
