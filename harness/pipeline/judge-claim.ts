/** One claim, whatever its kind, to a result; what breaks while judging becomes the claim's own outcome. */
import type { FindingReport } from '../../reports/model/run-report.ts';
import { HarnessError } from '../errors/harness-error.ts';
import type { Claim } from '../profile/profile.ts';
import { judgeAlerts } from './claim-alerts.ts';
import { judgeApplication } from './claim-application.ts';
import { judgeTrafficByCommit } from './claim-commit.ts';
import { judgeEnvironments } from './claim-environments.ts';
import { judgeAutoscaler } from './claim-hpa.ts';
import { judgeImageTag } from './claim-image-tag.ts';
import { judgeOverlays } from './claim-overlays.ts';
import { judgePrometheus } from './claim-prometheus.ts';
import { judgeRecurse } from './claim-recurse.ts';
import { judgeRolloutClaim } from './claim-rollout.ts';
import { judgeSidecars } from './claim-sidecars.ts';
import { judgeTrafficSplit } from './claim-split.ts';
import { judgeVerification } from './claim-verification.ts';
import { withholdPass } from './cut-short.ts';
import type { ClaimResult, Scene } from './scene.ts';

function judge(claim: Claim, scene: Scene): Promise<ClaimResult> {
  switch (claim.kind) {
    case 'traffic-split':
      return judgeTrafficSplit(claim, scene);
    case 'gitops-application':
      return judgeApplication(claim, scene);
    case 'traffic-by-commit':
      return judgeTrafficByCommit(claim, scene);
    case 'recurse-pitfall':
      return judgeRecurse(claim, scene);
    case 'sidecars':
      return judgeSidecars(claim, scene);
    case 'prometheus-agrees':
      return judgePrometheus(claim, scene);
    case 'canary-steps':
    case 'rollback-threshold':
    case 'rollback-effects':
    case 'manual-judgment':
    case 'undo':
    case 'no-lost-request':
      return judgeRolloutClaim(claim, scene);
    case 'image-tag-commit':
      return judgeImageTag(claim, scene);
    case 'overlays':
      return judgeOverlays(claim, scene);
    case 'alerts':
      return judgeAlerts(claim, scene);
    case 'verification':
      return judgeVerification(claim, scene);
    case 'hpa':
      return judgeAutoscaler(claim, scene);
    case 'environments':
      return judgeEnvironments(claim, scene);
  }
}

/**
 * A claim that cannot be judged because the environment broke is `invalid`, and the other claims go on; bad input and
 * bugs still end the run.
 */
export function judgeClaim(claim: Claim, scene: Scene): Promise<ClaimResult> {
  return orInvalid(claim, scene, () => judge(claim, scene));
}

/**
 * The one place through which every judge's result goes, also under a fault: a result that says `passed` after the run
 * was told to end is inconclusive.
 */
export async function orInvalid(
  claim: Pick<Claim, 'id' | 'title'>,
  scene: Scene,
  judging: () => Promise<ClaimResult>,
): Promise<ClaimResult> {
  const startedAt = scene.now();
  try {
    const result = await judging();
    return { ...result, claim: withholdPass(result.claim, scene.signal) };
  } catch (error) {
    if (scene.signal.aborted || !isEnvironmental(error)) throw error;
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: 'invalid',
        sentence: `Could not be judged: ${error.message}`,
        details: [],
        durationMs: scene.now() - startedAt,
      },
      findings: [findingOf(error)],
    };
  }
}

/** The environment broke; bad input and bugs are not of this kind. */
export function isEnvironmental(error: unknown): error is HarnessError {
  return error instanceof HarnessError && error.exitCode === 3;
}

export function findingOf({ code, message, where, hint }: HarnessError): FindingReport {
  return {
    ...{ code, layer: 'instrument', severity: 'error', sentence: message },
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The claim was not reached because the run was interrupted or its time was up. */
export function unjudged(claim: Pick<Claim, 'id' | 'title'>, why: string): ClaimResult {
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome: 'inconclusive',
      sentence: `Not judged: ${why}.`,
      details: [],
      durationMs: 0,
    },
  };
}

/** Claims in their order, until the scene's signal aborts; the rest are the caller's to call unjudged. */
export async function judgeClaims(scene: Scene): Promise<ClaimResult[]> {
  const results: ClaimResult[] = [];
  for (const claim of scene.profile.claims) {
    if (scene.signal.aborted) break;
    try {
      const result = await judgeClaim(claim, scene);
      results.push(result);
      scene.progress.note(`${result.claim.outcome.padEnd(12)} ${claim.id}: ${result.claim.sentence}`);
    } catch (error) {
      if (!scene.signal.aborted) throw error;
      break;
    }
  }
  return results;
}
