/** The cluster of a run, and everything that may end the run on it. */
import type { RunningCluster } from '../ports/cluster.ts';
import type { Progress } from '../ports/progress.ts';
import type { ConformInput } from './input.ts';
import { requireImagesFor, requireSurroundingsFor } from './local-only-images.ts';
import type { ConformPorts } from './ports.ts';

export interface ClusterOfRun {
  readonly cluster: RunningCluster;
  /** Aborts when the run is interrupted, when its time is up, and when the cluster or the lease of it is lost. */
  readonly signal: AbortSignal;
  /** A lost node or lease is an error of its own, with its reason, and no verdict about claims. @throws that error */
  requireWhole(): Promise<void>;
}

/** @param over ends the watch of the nodes; @throws whatever the provider throws */
export async function startCluster(
  { profile, clusterName, componentVersions }: ConformInput,
  { provider, lease }: Pick<ConformPorts, 'provider' | 'lease'>,
  progress: Progress,
  { interrupted, over, onMaking }: { interrupted: AbortSignal; over: AbortSignal; onMaking: () => void },
): Promise<ClusterOfRun> {
  const { addons, images, budgets, surroundings } = profile;
  const spec = { name: clusterName, addons, componentVersions, images, ...(surroundings ? { surroundings } : {}) };
  requireSurroundingsFor(provider.name, surroundings);
  requireImagesFor(provider.name, images);
  const cluster = await provider.up(spec, progress, interrupted, onMaking);
  // building missing programs and starting the cluster have limits of their own and must not eat the run's
  const limits = [interrupted, AbortSignal.timeout(budgets.runMs)];
  const losses = [cluster.watchNodes?.(over), lease?.lost].filter((loss) => loss !== undefined);
  return {
    cluster,
    signal: AbortSignal.any([...limits, ...losses]),
    async requireWhole() {
      for (const loss of losses) loss.throwIfAborted();
      await lease?.requireHeld();
    },
  };
}
