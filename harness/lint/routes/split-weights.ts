/** Weights that a claim writes must be for the subsets of the split, and differ from what Git declares. */
import type { SplitClaim, Weights } from '../../documents/references.ts';
import { claimFinding } from '../claim-finding.ts';
import type { Finding, ManifestFile } from '../manifest-set.ts';
import { readDeclaredSplit } from './declared-split.ts';

/** CLAIM_WEIGHTS, CLAIM_WEIGHTS_UNCHANGED */
export function lintWeights(
  split: SplitClaim,
  weights: Weights,
  { files, home, where }: { readonly files: readonly ManifestFile[]; readonly home: string; readonly where: string },
): readonly Finding[] {
  let declared: Map<string, number>;
  try {
    const { arms } = readDeclaredSplit(files, { virtualService: split.virtualService, namespace: home });
    declared = new Map(arms.map(({ subset, host, weight }) => [subset ?? host, weight]));
  } catch {
    return []; // reported with the claim of the split itself
  }
  const wanted = [...declared.keys()].sort().join(', ');
  const given = Object.keys(weights).sort().join(', ');
  if (wanted !== given)
    return [claimFinding('CLAIM_WEIGHTS', `the weights are for ${given}, but the split is between ${wanted}`, where)];
  if ([...declared].every(([subset, weight]) => weights[subset] === weight))
    return [
      claimFinding(
        'CLAIM_WEIGHTS_UNCHANGED',
        'the weights are those that Git declares already, so nothing would be shown',
        where,
      ),
    ];
  return [];
}
