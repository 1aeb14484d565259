/** What becomes of the cluster when a run is over. */
import type { RunReport } from '../../reports/model/run-report.ts';
import type { ConformInput } from './input.ts';
import type { ConformPorts } from './ports.ts';
import { isThere } from './whose-cluster.ts';

export interface RunEnd {
  /** Undefined: there is no report. */
  readonly outcome: RunReport['outcome'] | undefined;
  readonly failure: unknown;
  /** Whether this run made the cluster. */
  readonly isOurs: boolean;
}

/** By the rules of `--cleanup`. After a failure an error of the clean-up is only noted: the first error matters more. */
export async function cleanUp(
  { cleanup, clusterName }: Pick<ConformInput, 'cleanup' | 'clusterName'>,
  { provider, progress }: Pick<ConformPorts, 'provider' | 'progress'>,
  { outcome, failure, isOurs }: RunEnd,
): Promise<void> {
  const kept = cleanup === 'never' || (cleanup === 'on-success' && outcome !== 'passed');
  if (!isOurs && failure !== undefined) return;
  if (!isOurs || kept) {
    // a provider takes back what was interrupted while it came up, whatever was asked for
    if (!(await isThere(provider, clusterName))) {
      progress.note(`nothing of cluster ${clusterName} is left`);
      return;
    }
    const why = isOurs ? '' : ' was up before this run and';
    progress.note(`cluster ${clusterName}${why} is kept; remove it with: canaryproof down --name ${clusterName}`);
    return;
  }
  await provider.down(clusterName, progress).catch((error: unknown) => {
    if (failure === undefined) throw error;
    progress.note(`cluster ${clusterName} was not removed: ${error instanceof Error ? error.message : String(error)}`);
  });
}
