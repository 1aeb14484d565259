/** One claim, whatever its kind, to a result; what breaks while judging becomes the claim's own outcome. */

import { findingOf } from '../../reports/model/finding-of.ts';
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import { brokenPromise } from '../scene/broken-promise.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import { environmentsFault } from '../scene/environments-fault.ts';
import { evidenceFirst, onItsBooks } from '../scene/evidence-first.ts';
import { PromiseNotKept } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';
import { stillCluster } from '../stage/still-cluster.ts';
import { whyCutShort, withholdPass } from '../verdict/cut-short.ts';
import { type Claim, kindOf } from './declarations.ts';
import { judgeOf } from './judges.ts';
import { TRIALS_PER_IDLE_CORE } from './rollback-threshold/trial-batch.ts';

/** Who judges a claim; a test brings its own. */
type Judges = (claim: Claim) => (claim: Claim, scene: Scene) => Promise<ClaimResult>;

/**
 * A claim whose subject did not keep a promise is `failed`, one that cannot be judged because the environment broke is
 * `invalid`, and the other claims go on; bad input and bugs still end the run.
 */
export function judgeClaim(claim: Claim, scene: Scene, judges: Judges = judgeOf): Promise<ClaimResult> {
  return orInvalid(claim, scene, async () => {
    // what the claim before it put back is not to be measured by this one
    await stillCluster(scene);
    return judges(claim)(claim, scene);
  });
}

/**
 * The one place through which every judge's result goes, also under a fault: a result that says `passed` after the run
 * was told to end is inconclusive, and one that says it beside bad books is invalid.
 */
export async function orInvalid(
  claim: Pick<Claim, 'id' | 'title'>,
  scene: Scene,
  judging: () => Promise<ClaimResult>,
): Promise<ClaimResult> {
  const startedAt = scene.now();
  try {
    const result = evidenceFirst(onItsBooks(await judging()));
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

/** Nothing of it can hold, because the cluster does not take the manifests. */
export function undelivered(claim: Pick<Claim, 'id' | 'title'>, { message }: HarnessError): ClaimResult {
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome: 'failed',
      sentence: `Not delivered, because of its own manifests: ${message}`,
      details: [],
      durationMs: 0,
    },
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

/**
 * Claims in their order, until the scene's signal aborts; the rest are the caller's to call unjudged. Where the profile
 * says so, those in a row that work on copies are judged at the same time.
 */
export async function judgeClaims(scene: Scene, judges: Judges = judgeOf): Promise<ClaimResult[]> {
  const results: ClaimResult[] = [];
  const { progress, profile } = scene;
  const before = await scene.earlierReport?.();
  for (const { id, title } of profile.claims) {
    const lastTookMs = before?.claims.find((claim) => claim.id === id)?.durationMs;
    progress.claim?.({ id, title, state: 'waiting', ...(lastTookMs === undefined ? {} : { lastTookMs }) });
  }
  for (let left: readonly Claim[] = profile.claims; left.length > 0; ) {
    if (scene.signal.aborted) break;
    const group = await nextGroup(left, scene);
    left = left.slice(group.length);
    const judged = await judgeGroup(group, scene, judges);
    const broken = judged.find((one) => one.status === 'rejected');
    if (broken && !scene.signal.aborted) throw broken.reason;
    // the caller counts from the first that is not here, so that one before the last verdict keeps its place
    const told = judged.slice(0, judged.findLastIndex(({ status }) => status === 'fulfilled') + 1);
    const why = whyCutShort(scene.signal) ?? 'the run was interrupted';
    results.push(...told.map((one, i) => (one.status === 'fulfilled' ? one.value : unjudged(group[i]!, why))));
    if (broken) break;
  }
  return results;
}

/** Each of them is a few pods with their proxies, and a load generator (rollback-threshold/trial-batch.ts). */
const MOST_COPIES = 5;

/** The next claims of a run: several where they work on copies, the profile says so, and the machine carries them. */
async function nextGroup(claims: readonly Claim[], scene: Scene): Promise<readonly Claim[]> {
  const many = scene.profile.load.sideBySide ? withCopies(claims, MOST_COPIES) : 1;
  if (many <= 1) return claims.slice(0, 1);
  // a run that is over finds nothing still, and begins nothing
  await stillCluster(scene).catch(() => undefined);
  const idleCores = await scene.idleCores?.().catch(() => undefined);
  const carried = idleCores === undefined ? many : withCopies(claims, TRIALS_PER_IDLE_CORE * idleCores);
  return claims.slice(0, Math.max(1, Math.min(many, carried)));
}

/** How many of the first claims work on no more copies than that. */
function withCopies(claims: readonly Claim[], most: number): number {
  const beyond = claims.findIndex((_, index) => copiesOf(claims.slice(0, index + 1)) > most);
  return beyond < 0 ? claims.length : beyond;
}

/** Without bound where one of them works on more than copies. */
function copiesOf(claims: readonly Claim[]): number {
  return claims.reduce((sum, claim) => sum + (kindOf(claim).copies?.(claim) ?? Number.POSITIVE_INFINITY), 0);
}

async function judgeGroup(
  group: readonly Claim[],
  scene: Scene,
  judges: Judges,
): Promise<PromiseSettledResult<ClaimResult>[]> {
  const isBeside = group.length > 1;
  const place: Scene = isBeside ? { ...scene, besideOthers: true } : scene;
  return Promise.allSettled(
    group.map(async (claim) => {
      const { id, title } = claim;
      scene.progress.claim?.({ id, title, state: 'running' });
      const result = await judgeClaim(claim, place, judges);
      const { outcome, sentence } = result.claim;
      scene.progress.claim?.({ id, title, state: outcome, sentence });
      scene.progress.note(`${outcome.padEnd(12)} ${id}: ${sentence}`);
      return result;
    }),
  );
}
