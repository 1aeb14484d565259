/**
 * Whether the cluster that a run leaves is the run's own. One that was there before is somebody's who kept it: it is
 * never removed, whatever goes wrong, unless this run itself made it anew.
 */
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import type { ClusterProvider } from '../ports/cluster.ts';

export interface WhoseCluster {
  /** For the provider, when it begins to make the cluster. */
  readonly onMaking: () => void;
  /** @param failure what the run ended with, if it did */
  isOurs(failure: unknown): boolean;
}

/** A provider that cannot list its clusters is taken to have it: what may be somebody's is left as it is. */
export function isThere(provider: Pick<ClusterProvider, 'list'>, name: string): Promise<boolean> {
  return provider.list().then(
    (known) => known.some((each) => each.name === name),
    () => true,
  );
}

/** Asks before anything is done. */
export async function whoseCluster(provider: ClusterProvider, name: string): Promise<WhoseCluster> {
  const wasThere = await isThere(provider, name);
  let making = false;
  return {
    onMaking: () => {
      making = true;
    },
    isOurs(failure) {
      const code = failure instanceof HarnessError ? failure.code : undefined;
      // another canaryproof is at work on it, or may be
      if (code === 'CLUSTER_BUSY' || code === 'CLUSTER_LEASE_LOST') return false;
      if (making) return true;
      const badInput = failure instanceof HarnessError && failure.exitCode === EXIT.usage;
      return !wasThere && !badInput;
    },
  };
}
