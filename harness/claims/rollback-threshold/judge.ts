/** Claim kind `rollback-threshold`: just inside the limit promotes, just outside aborts, and the oracle agrees. */
import type { BoundaryReport } from '../../../reports/model/rollout-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import type { RollbackThresholdClaim } from './declaration.ts';
import { startTrials, type TrialResult } from './trials.ts';

export async function judgeRollback(claim: RollbackThresholdClaim, scene: Scene): Promise<ClaimResult> {
  const results = (await scene.once(startTrials, () => startTrials(scene)).get(claim.id)) ?? [];
  const boundaries = results.map(({ boundary }) => boundary);
  const outcome = combineOutcomes(boundaries.map((boundary) => boundary.outcome));
  const measurements = boundaries.reduce((sum, boundary) => sum + boundary.measurements, 0);
  const agreeing = boundaries.reduce((sum, boundary) => sum + boundary.oracleAgrees, 0);
  const passed = boundaries.filter((boundary) => boundary.outcome === 'passed').length;
  const others = othersInWords(boundaries);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      // what is wrong is read first
      sentence: [
        ...others,
        `${passed} of ${boundaries.length} trials of ${claim.metric} ended as its limit says; the oracle agrees with ${agreeing} of ${measurements} measurements.`,
      ].join(' '),
      details: boundaries.map(({ name, injected, observed }) => ({ label: name, value: `${injected}: ${observed}` })),
      durationMs: spanMs(results),
    },
    boundaries,
    analyses: results.flatMap(({ analyses }) => analyses),
    findings: results.flatMap(({ findings }) => findings),
    books: results.flatMap(({ books }) => (books ? [books] : [])),
    heatMaps: results.flatMap(({ heatMap }) => (heatMap ? [heatMap] : [])),
  };
}

/** Of its own trials, whenever they ran: those of all claims are started together. */
function spanMs(results: readonly TrialResult[]): number {
  if (results.length === 0) return 0;
  return Math.max(...results.map(({ endedMs }) => endedMs)) - Math.min(...results.map(({ beganMs }) => beganMs));
}

/** One sentence for all trials with which the same is wrong: how many, which, and what. */
function othersInWords(boundaries: readonly BoundaryReport[]): readonly string[] {
  const groups = new Map<string, BoundaryReport[]>();
  for (const trial of boundaries) {
    if (trial.outcome === 'passed') continue;
    const { expected, observed } = trial;
    // figures differ from trial to trial, what is wrong does not
    const key = JSON.stringify([trial.outcome, expected, observed.replace(/[\d.]+/g, '#')]);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()].map((trials) => {
    const { outcome, expected, observed } = trials[0]!;
    const names = trials.map(({ name }) => name).join(', ');
    const [end, ...why] = observed.split('; ');
    const ended = end === expected ? `${end} as it must be, but ` : `${end} where it must be ${expected}; `;
    const said = why.length === 0 && end === expected ? `${end} as it must be` : `${ended}${why.join('; ')}`;
    const first = trials.length === 1 ? '' : `${trials.length} trials are ${outcome} alike; the first of `;
    return `${first}${names} is ${outcome}: ${said.replace(/; $/, '')}.`;
  });
}
