/** What an addon needs to install itself, and what it promises: when `install` returns, it is ready by condition. */

import type { Surroundings } from '../../harness/ports/cluster.ts';
import type { KeptDefinitions } from '../../harness/ports/kept-definitions.ts';
import type { StepHandle } from '../../harness/ports/progress.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';

export interface AddonContext {
  readonly client: ClusterClient;
  readonly step: StepHandle;
  readonly signal: AbortSignal;
  /** Text of a file that ships with a component, such as `('istio', 'manifests/charts/…')`. */
  readonly componentFile: (component: string, relative: string) => string;
  /** `helm template` of a chart directory. */
  readonly renderChart: (
    release: string,
    chartDirectory: string,
    namespace: string,
    valuesFile: string,
  ) => Promise<KubeObject[]>;
  /** Whether image pulls and timings are those of process containers (shorter probes are worth it). */
  readonly fastProbes: boolean;
  readonly surroundings?: Surroundings | undefined;
  /** Where the cluster may have been started with some. */
  readonly definitions?: KeptDefinitions | undefined;
}

export interface Addon {
  readonly name: string;
  /** Addons that must be ready before this one starts. */
  readonly needs: readonly string[];
  /** Addons that must be ready first where they are installed at all. */
  readonly after?: readonly string[];
  install(context: AddonContext): Promise<void>;
}

/** Time limits of addon installation, in one place. */
export const ADDON_TIMEOUTS = {
  establishedMs: 120_000,
  rolledOutMs: 180_000,
  webhookMs: 60_000,
} as const;
