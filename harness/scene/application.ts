/** The Application of a run: what it is called, and what its status says. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import { withRepositoryUrl } from '../profile/edit-manifests.ts';

/**
 * A sync of all objects that succeeded, as Argo CD 3 keeps it (`RevisionHistory` of its API): of an Application with several
 * sources `revisions` and `sources`. A sync of single objects, as self-healing makes it, leaves no entry.
 */
export interface ApplicationDeployment {
  readonly id?: number;
  readonly revision?: string;
  readonly revisions?: readonly string[];
  readonly deployedAt?: string;
  readonly source?: ApplicationSource;
  readonly sources?: readonly ApplicationSource[];
  readonly initiatedBy?: { readonly username?: string; readonly automated?: boolean };
}

export interface ApplicationSource {
  readonly repoURL?: string;
  readonly path?: string;
}

export interface ApplicationStatus {
  /** Oldest first; as many as `spec.revisionHistoryLimit` says, 10 where it says nothing. */
  readonly history?: readonly ApplicationDeployment[];
  readonly sync?: { readonly status?: string; readonly revision?: string };
  readonly health?: { readonly status?: string };
  readonly operationState?: {
    readonly phase?: string;
    readonly message?: string;
    readonly syncResult?: {
      readonly revision?: string;
      readonly resources?: readonly {
        readonly kind: string;
        readonly name: string;
        readonly namespace?: string;
        readonly status?: string;
        readonly message?: string;
      }[];
    };
  };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly resources?: readonly {
    readonly group?: string;
    readonly version?: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly status?: string;
    readonly hook?: boolean;
  }[];
}

export function applicationStatus(application: KubeObject | undefined): ApplicationStatus {
  return (application?.status ?? {}) as ApplicationStatus;
}

/** Whether the cluster holds what one commit declares, healthy or not. */
export function isSynced(application: KubeObject | undefined, revision: string): boolean {
  const { sync } = applicationStatus(application);
  return sync?.status === 'Synced' && sync.revision === revision;
}

export function isSyncedAndHealthy(application: KubeObject | undefined, revision: string): boolean {
  return isSynced(application, revision) && applicationStatus(application).health?.status === 'Healthy';
}

/** Whether the live Application syncs by itself. */
export function isAutomated(application: KubeObject | undefined): boolean {
  const policy = (application?.spec as { syncPolicy?: { automated?: { enabled?: boolean } | null } } | undefined)
    ?.syncPolicy;
  return Boolean(policy?.automated) && policy?.automated?.enabled !== false;
}

/** The repository's files with every Application pointing at the run's own repository. */
export function withRunRepository(
  files: readonly RepositoryFile[],
  application: string,
  url: string,
): RepositoryFile[] {
  return files.map((file) => (file.path === application ? withRepositoryUrl(file, url) : file));
}

export const APPLICATIONS = { apiVersion: 'argoproj.io/v1alpha1', resource: 'applications' } as const;
