/** Claim kind `rollback-threshold`: just inside the limit promotes, just outside aborts, and the oracle agrees. */
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import type { RollbackThresholdClaim } from './declaration.ts';
import { startTrials } from './trials.ts';

export async function judgeRollback(claim: RollbackThresholdClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const results = (await scene.once(startTrials, () => startTrials(scene)).get(claim.id)) ?? [];
  const boundaries = results.map(({ boundary }) => boundary);
  const outcome = combineOutcomes(boundaries.map((boundary) => boundary.outcome));
  const measurements = boundaries.reduce((sum, boundary) => sum + boundary.measurements, 0);
  const agreeing = boundaries.reduce((sum, boundary) => sum + boundary.oracleAgrees, 0);
  const passed = boundaries.filter((boundary) => boundary.outcome === 'passed').length;
  const others = boundaries
    .filter((boundary) => boundary.outcome !== 'passed')
    .map(
      ({ name, outcome: how, expected, observed }) => `${name} is ${how}: expected ${expected}, observed ${observed}.`,
    );
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        `${passed} of ${boundaries.length} trials of ${claim.metric} ended as its limit says; the oracle agrees with ${agreeing} of ${measurements} measurements.`,
        ...others,
      ].join(' '),
      details: boundaries.map(({ name, injected, observed }) => ({ label: name, value: `${injected}: ${observed}` })),
      durationMs: scene.now() - startedAt,
    },
    boundaries,
    analyses: results.flatMap(({ analyses }) => analyses),
    findings: results.flatMap(({ findings }) => findings),
    books: results.flatMap(({ books }) => (books ? [books] : [])),
    heatMaps: results.flatMap(({ heatMap }) => (heatMap ? [heatMap] : [])),
  };
}
