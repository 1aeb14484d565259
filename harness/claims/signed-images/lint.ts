/** What can be said of a claim `signed-images` before anything runs: what the policy in Git says, and whose key it trusts. Pure. */

import { trustedKeys } from '../../kyverno/declared-images.ts';
import { lintPolicy } from '../../kyverno/lint-policy.ts';
import { IMAGE_VALIDATING } from '../../kyverno/live-policy.ts';
import { errorAt, type Finding, type ManifestFile } from '../../lint/manifest-set.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

/** What `lintPolicy` finds, and POLICY_KEY_NOT_OF_RUN. */
export function lintSignedImages(claim: SignedImagesClaim, files: readonly ManifestFile[]): readonly Finding[] {
  const { policy, findings } = lintPolicy(IMAGE_VALIDATING, claim, files);
  if (!policy || trustedKeys(policy).length > 0) return findings;
  return [
    ...findings,
    errorAt(policy, ['spec', 'attestors'], {
      code: 'POLICY_KEY_NOT_OF_RUN',
      sentence: `no attestor of ImageValidatingPolicy ${claim.policy} reads its key where a run can put its own`,
      hint: 'Say cosign.key.kms: k8s://kyverno/NAME. The run makes a key pair and puts the public key into that Secret; it cannot sign for a key that stands in the policy.',
    }),
  ];
}
