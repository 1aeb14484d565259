/** What verbs ask of clusters and of runs on them, and what they get. */
import type { BisectReport } from '../bisect/bisect.ts';
import type { ReleaseRange } from '../bisect/releases.ts';
import type { Assurance } from '../documents/assurance.ts';

export const PROVIDERS = ['local', 'kind', 'minikube', 'existing'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** What only some providers know; an option that a provider has no use for is refused. */
export interface ProviderSettings {
  /** existing: which context of which kubeconfig, and the one that may be used although we did not make its cluster. */
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly allowContext?: string;
  readonly installAddons?: boolean;
  /** `KIND/NAMESPACE/NAME` of what a run may put into namespaces of others. */
  readonly sharedObjects?: readonly string[];
  readonly gitAddress?: string;
  readonly gitFolder?: { readonly directory: string; readonly url: string };
  /** kind, minikube */
  readonly nodeImage?: string;
  readonly kubernetesVersion?: string;
  readonly nodes?: number;
  readonly mounts?: readonly { readonly hostPath: string; readonly nodePath: string; readonly readOnly: boolean }[];
  readonly registryMirrors?: Readonly<Record<string, string>>;
  readonly ingressPort?: number;
  readonly pull?: boolean;
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly driver?: string;
  /** Of load that runs in the cluster. */
  readonly runners?: number;
  /** Of Istio's charts. */
  readonly istioProfile?: 'default' | 'demo';
}
export const CLEANUPS = ['always', 'on-success', 'never'] as const;
export type Cleanup = (typeof CLEANUPS)[number];

export interface ConformRequest {
  /** Name of a profile that ships with canaryproof, or a profile directory. */
  readonly profile: string;
  /** Undefined: as the profile says. */
  readonly assurance: Assurance | undefined;
  readonly provider: ProviderName;
  readonly cleanup: Cleanup;
  /** Ids of the claims to judge; empty: every one. */
  readonly claims: readonly string[];
  readonly componentVersions: Readonly<Record<string, string>>;
  /** Known-bad data planes to be caught: one for the whole run, or several in turn. */
  readonly faults: readonly string[];
  /** Absolute path of the folder in which the run's own directory is made. */
  readonly runsDirectory: string;
  readonly clusterName: string | undefined;
  /** Requests per second on every path; undefined: as the profile says. */
  readonly ratePerSecond: number | undefined;
  readonly command: readonly string[];
  readonly settings?: ProviderSettings;
}

export interface UpRequest {
  readonly name: string;
  readonly provider: ProviderName;
  readonly addons: readonly string[];
  readonly componentVersions: Readonly<Record<string, string>>;
  readonly settings?: ProviderSettings;
  /** Leave a cluster that did not come up. */
  readonly keep?: boolean;
}

export interface UpProduct {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly ingressUrl: string | undefined;
  readonly prometheusUrl: string | undefined;
  readonly components: readonly { readonly name: string; readonly version: string; readonly origin: string }[];
}

export interface DownRequest {
  readonly which: { readonly name: string } | 'all' | 'orphans';
  /** Also a cluster that a run is using. */
  readonly force?: boolean;
  /** Undefined: every provider that has a cluster of that name. */
  readonly provider?: ProviderName;
}

export interface BisectRequest {
  /** Of every step; its claims, the varied release and the cluster's name are put in. */
  readonly conform: ConformRequest;
  readonly claim: string;
  readonly over:
    | { readonly component: string; readonly range: ReleaseRange }
    | { readonly commits: { readonly good: string; readonly bad: string } };
}

export interface BisectProduct {
  readonly report: BisectReport;
  /** Absolute path of what was written down, from which the same search goes on. */
  readonly journal: string;
}
