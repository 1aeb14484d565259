/** Manifests that cannot be judged are the claim's own failure, not bad input of whoever runs it. */
import { findingOf } from '../../reports/model/finding-of.ts';
import type { ClaimBase } from '../documents/references.ts';
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';

type JudgeOf<Claim> = (claim: Claim, scene: Scene) => Promise<ClaimResult>;

/** The judge, whose usage errors become `failed` with the error as the finding. */
export function manifestsDecide<Claim extends ClaimBase>(judge: JudgeOf<Claim>): JudgeOf<Claim> {
  return async (claim, scene) => {
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
        findings: [findingOf(error, 'manifest')],
      };
    }
  };
}
