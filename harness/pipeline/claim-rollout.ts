/** Claims about Argo Rollouts, each to its judge. Manifests that cannot be judged are the claim's own outcome. */
import { EXIT, environmentError, HarnessError } from '../errors/harness-error.ts';
import type { RolloutClaim } from '../profile/rollout-claim.ts';
import { judgeRollback } from './claim-rollback.ts';
import type { ClaimResult, Scene } from './scene.ts';

function judge(claim: RolloutClaim, scene: Scene): Promise<ClaimResult> {
  switch (claim.kind) {
    case 'rollback-threshold':
      return judgeRollback(claim, scene);
    default:
      throw environmentError('CLAIM_NOT_JUDGED', `claims of kind ${claim.kind} cannot be judged yet`);
  }
}

export async function judgeRolloutClaim(claim: RolloutClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  try {
    return await judge(claim, scene);
  } catch (error) {
    if (!(error instanceof HarnessError) || error.exitCode !== EXIT.usage) throw error;
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: 'failed',
        sentence: `No load was started: ${error.message}.`,
        details: [],
        durationMs: scene.now() - startedAt,
      },
      findings: [
        {
          code: error.code,
          layer: 'manifest',
          severity: 'error',
          sentence: error.message,
          ...(error.where === undefined ? {} : { where: error.where }),
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        },
      ],
    };
  }
}
