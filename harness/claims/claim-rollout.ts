/** Claims about Argo Rollouts, each to its judge. Manifests that cannot be judged are the claim's own outcome. */
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import type { RolloutClaim } from '../profile/rollout-claim.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';
import { judgeCanarySteps } from './canary-steps/judge.ts';
import { judgeManualJudgment } from './manual-judgment/judge.ts';
import { judgeNoLostRequest } from './no-lost-request/judge.ts';
import { judgeRollbackEffects } from './rollback-effects/judge.ts';
import { judgeRollback } from './rollback-threshold/judge.ts';

function judge(claim: RolloutClaim, scene: Scene): Promise<ClaimResult> {
  switch (claim.kind) {
    case 'canary-steps':
      return judgeCanarySteps(claim, scene);
    case 'rollback-threshold':
      return judgeRollback(claim, scene);
    case 'rollback-effects':
      return judgeRollbackEffects(claim, scene);
    case 'manual-judgment':
      return judgeManualJudgment(claim, scene);
    case 'undo':
    case 'no-lost-request':
      return judgeNoLostRequest(claim, scene);
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
