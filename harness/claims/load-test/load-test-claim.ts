/** The claim as the code uses it. */
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';

export interface LoadTestClaim extends ClaimBase {
  readonly kind: 'load-test';
  /** File in Git that holds the Job. */
  readonly job: string;
  /** Of the Job and its ConfigMaps where they name none. */
  readonly namespace: string;
  /** How the asked service names itself in the chain of hops. */
  readonly service: string;
  readonly receiver: PodSelector;
  /** Where the Job's requests come in. */
  readonly path: TrafficPath;
  readonly endsWithinMs: number;
}
