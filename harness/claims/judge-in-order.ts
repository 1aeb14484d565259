/** One claim, whatever its kind, to a result; what breaks while judging becomes the claim's own outcome. */

import { findingOf } from '../../reports/model/finding-of.ts';
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import { brokenPromise } from '../scene/broken-promise.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import { environmentsFault, PromiseNotKept } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';
import { stillCluster } from '../stage/still-cluster.ts';
import { withholdPass } from '../verdict/cut-short.ts';
import type { Claim } from './declarations.ts';
import { judgeOf } from './judges.ts';

/**
 * A claim whose subject did not keep a promise is `failed`, one that cannot be judged because the environment broke is
 * `invalid`, and the other claims go on; bad input and bugs still end the run.
 */
export function judgeClaim(claim: Claim, scene: Scene): Promise<ClaimResult> {
  return orInvalid(claim, scene, async () => {
    // what the claim before it put back is not to be measured by this one
    await stillCluster(scene);
    return judgeOf(claim)(claim, scene);
  });
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
  } catch (caught) {
    if (scene.signal.aborted) throw caught;
    const error = caught instanceof PromiseNotKept ? ((await environmentsFault(caught, scene)) ?? caught) : caught;
    if (error instanceof PromiseNotKept) return brokenPromise(claim, error, scene.now() - startedAt);
    if (!isEnvironmental(error)) throw error;
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: 'invalid',
        sentence: `Could not be judged: ${error.message}`,
        details: [],
        durationMs: scene.now() - startedAt,
      },
      findings: [findingOf(error, 'instrument')],
    };
  }
}

/** The environment broke; bad input and bugs are not of this kind. */
export function isEnvironmental(error: unknown): error is HarnessError {
  return error instanceof HarnessError && error.exitCode === EXIT.environment;
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
  const { progress, profile } = scene;
  for (const { id, title } of profile.claims) progress.claim?.({ id, title, state: 'waiting' });
  for (const claim of profile.claims) {
    if (scene.signal.aborted) break;
    const { id, title } = claim;
    progress.claim?.({ id, title, state: 'running' });
    try {
      const result = await judgeClaim(claim, scene);
      results.push(result);
      const { outcome, sentence } = result.claim;
      progress.claim?.({ id, title, state: outcome, sentence });
      progress.note(`${outcome.padEnd(12)} ${id}: ${sentence}`);
    } catch (error) {
      if (!scene.signal.aborted) throw error;
      break;
    }
  }
  return results;
}
