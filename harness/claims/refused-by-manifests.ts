/** Manifests that cannot be judged are the claim's own failure, not bad input of whoever runs it. */
import { findingOf } from '../../reports/model/finding-of.ts';
import type { ClaimBase } from '../documents/references.ts';
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { Scene } from '../scene/scene.ts';

type JudgeOf<Claim> = (claim: Claim, scene: Scene) => Promise<ClaimResult>;

/** How the question is put, which is no fault of the manifests: such an answer would have no stated error rates. */
const QUESTIONS: ReadonlySet<string> = new Set(['SPLIT_MARGIN', 'SPLIT_ERROR_RATES', 'SPLIT_LOOKS']);

/** The judge, whose usage errors become `failed` (`invalid` where the question is at fault) with the error as the finding. */
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
          outcome: QUESTIONS.has(error.code) ? 'invalid' : 'failed',
          sentence: `This cannot be judged: ${error.message}.`,
          details: [],
          durationMs: scene.now() - startedAt,
        },
        findings: [findingOf(error, 'manifest')],
      };
    }
  };
}
