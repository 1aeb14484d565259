/** All rules of how Argo CD delivers what a unit holds. */
import type { Finding, ManifestSet } from '../manifest-set.ts';
import { ignoredContainerFindings } from './ignored-containers.ts';
import { selfHealedWeightFindings } from './self-healed-weights.ts';
import { syncOrderFindings } from './sync-order.ts';

export function deliveryFindings(set: ManifestSet): readonly Finding[] {
  return [...ignoredContainerFindings(set), ...syncOrderFindings(set), ...selfHealedWeightFindings(set)];
}
