/** What `conform` needs from the outside. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import type { OpenBrowser } from '../ports/browser.ts';
import type { ClusterProvider } from '../ports/cluster.ts';
import type { ComponentVersion } from '../ports/component.ts';
import type { LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { RenderReports } from '../run-directory/remake-report.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { RenderManifests } from '../scene/git-source.ts';
import type { Scene } from '../scene/scene.ts';

/** On a scene that is deployed and watched. */
export type Judge = (scene: Scene) => Promise<readonly ClaimResult[]>;

export interface ConformPorts {
  readonly provider: ClusterProvider;
  readonly connect: (kubeconfigPath: string) => ClusterClient;
  /** Files of the profile's repository; component files need the components built. */
  readonly collectFiles: (progress: Progress) => Promise<readonly RepositoryFile[]>;
  /** Findings of what the Application renders; every file is judged as it stands without it. */
  readonly lintManifests?: (files: readonly RepositoryFile[]) => Promise<RunReport['findings']>;
  /** What the Application renders of the files; without it every file is what it says. */
  readonly renderManifests?: RenderManifests;
  /** Every change made to manifests of somebody else's repository, as sentences. */
  readonly changes?: () => Promise<readonly string[]>;
  /** In place of judging the claims one after the other. */
  readonly judge?: Judge;
  readonly createLoad: (logDirectory: string) => LoadRunner;
  readonly openBrowser?: OpenBrowser;
  /** `kustomize build` of a directory. */
  readonly renderKustomization?: (directory: string) => Promise<string>;
  /** Path of the cosign program, for runs that sign images. */
  readonly cosign?: () => Promise<string>;
  readonly loadComponent: () => ComponentVersion;
  readonly render: RenderReports;
  readonly progress: Progress;
  readonly ownComponent: ComponentVersion;
  /** That no other run is on the cluster: `lost` aborts with an error of exit 5. */
  readonly lease?: { readonly lost: AbortSignal; requireHeld(): Promise<void> };
  now(): number;
}
