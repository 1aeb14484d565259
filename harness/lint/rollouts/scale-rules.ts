/** All rules of how many pods a Rollout gets. */
import type { Finding, ManifestSet } from '../manifest-set.ts';
import { autoscalerFindings } from './autoscaler-targets.ts';
import { realisableStepFindings } from './realisable-steps.ts';
import { sharedTargetFindings } from './shared-targets.ts';
import { stuckAbortFindings } from './stuck-aborts.ts';

export function scaleFindings(set: ManifestSet): readonly Finding[] {
  return [
    ...autoscalerFindings(set),
    ...sharedTargetFindings(set),
    ...realisableStepFindings(set),
    ...stuckAbortFindings(set),
  ];
}
