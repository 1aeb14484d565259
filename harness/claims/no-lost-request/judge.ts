/** Claim kind `no-lost-request`: every request is answered in each phase that the claim names; the budget is none. */
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { judgeMoves, type Move } from '../../stage/judge-moves.ts';
import { isMidway } from '../../stage/moving-phases.ts';
import type { NoLostRequestClaim } from './declaration.ts';

export function judgeNoLostRequest(claim: NoLostRequestClaim, scene: Scene): Promise<ClaimResult> {
  const moves = claim.phases.map((phase): Move => ({ name: phase, run: (runner) => runner.run(phase) }));
  const midway = claim.phases.some(isMidway);
  return judgeMoves(claim, { replicas: claim.replicas, moves, midway, endsStable: false }, scene);
}
