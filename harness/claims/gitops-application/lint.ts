/** Whether Git holds what the claim deletes, drifts and removes, and whether the Application promises to heal it. */
import type { ObjectRef, SplitClaim, Weights } from '../../documents/references.ts';
import { claimFinding } from '../../lint/claim-finding.ts';
import { type Finding, nameOf, parseManifestSet } from '../../lint/manifest-set.ts';
import { lintWeights } from '../../lint/routes/split-weights.ts';
import type { LintContext } from '../claim-kind.ts';

/** What the claim takes away and brings out of order. */
interface SpokenOf {
  readonly drift: { readonly split: SplitClaim; readonly weights: Weights };
  readonly deleteObject: ObjectRef;
  readonly removeFromGit: ObjectRef;
}

/** APPLICATION_NOT_AUTOMATED, CLAIM_OBJECT_NOT_IN_GIT, and those of lintWeights. */
export function lintApplication(
  { drift, deleteObject, removeFromGit }: SpokenOf,
  context: LintContext,
): readonly Finding[] {
  return [
    ...healingFindings(context),
    ...lintWeights(drift.split, drift.weights, context),
    ...objectFindings(deleteObject, context),
    ...objectFindings(removeFromGit, context),
  ];
}

function healingFindings({ application, applicationFile }: LintContext): readonly Finding[] {
  if (!application || (application.automated?.selfHeal && application.automated.prune)) return [];
  return [
    claimFinding(
      'APPLICATION_NOT_AUTOMATED',
      `Application ${application.name} is not synced automatically with selfHeal and prune, which a claim promises`,
      applicationFile,
    ),
  ];
}

function objectFindings(ref: ObjectRef, { files, home, where }: LintContext): readonly Finding[] {
  const { objects } = parseManifestSet(files, home);
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.slice(0, ref.apiVersion.indexOf('/')) : '';
  const found = objects.some(
    (object) =>
      object.group === group &&
      object.kind === ref.kind &&
      object.name === ref.name &&
      object.namespace === ref.namespace,
  );
  return found ? [] : [claimFinding('CLAIM_OBJECT_NOT_IN_GIT', `the repository holds no ${nameOf(ref)}`, where)];
}
