/** Claim kind `capacity`: the rate up to which a path holds an objective, as a bracket, and whether that is enough. */
import { z } from 'zod';
import { CAPACITY_ASSURANCE, checkSearchSettings, longestLook } from '../../capacity/search/search-settings.ts';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { objectiveText } from '../../documents/claim-atoms.ts';
import { claimBase, rate, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, TrafficPath } from '../../documents/references.ts';
import { parseObjective, type ResponseObjective } from '../../documents/response-objective.ts';
import { claimKind } from '../claim-kind.ts';

export interface CapacityClaim extends ClaimBase {
  readonly kind: 'capacity';
  readonly path: TrafficPath;
  readonly objective: ResponseObjective;
  readonly fromRate: number;
  readonly maxRate: number;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly generators: number;
  /** Undefined: what the level of assurance says. */
  readonly budgetSeconds: number | undefined;
  readonly peak: { readonly ratePerSecond: number; readonly headroom: number; readonly alone: boolean } | undefined;
}

export const capacity = claimKind({
  kind: 'capacity',
  summary: 'the rate up to which a path holds an objective, as a bracket, and whether that is enough for the peak',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('capacity'),
    path: trafficPath,
    objective: objectiveText.default('p95<500ms'),
    from: rate.default(20).describe('requests per second of the first trial'),
    max: rate.describe('no trial sends more'),
    arrivals: z.enum(['poisson', 'paced']).default('poisson').describe('paced ones overstate the capacity'),
    seed: z.int().min(0).max(2_147_483_647).default(1).describe('of the arrivals'),
    generators: z.int().min(1).max(8).default(1).describe('k6 processes that share the load of each trial'),
    within: durationText.optional().describe('time of the search; default: 5m, 15m or 30m by the level of assurance'),
    peak: rate.optional().describe('requests per second that must be held; absent: the bracket is enough'),
    headroom: z.number().min(1).max(100).default(1).describe('how many times the peak must be held'),
    peakAlone: z
      .boolean()
      .default(false)
      .describe('one long trial at the peak instead of a search: held or not, wrong at most once in 1000'),
  }),
  resolve(
    { id, title, kind, path, arrivals, seed, generators, ...claim },
    { pathOf, report },
  ): CapacityClaim | undefined {
    if (claim.max <= claim.from)
      return report('CAPACITY_RATES', `the first rate, ${claim.from}/s, must be below the highest, ${claim.max}/s`, [
        'max',
      ]);
    if (claim.peak !== undefined && claim.peak * claim.headroom > claim.max)
      return report(
        'CAPACITY_PEAK_ABOVE_MAX',
        `${claim.headroom} times the peak of ${claim.peak}/s is more than the highest rate that is tried, ${claim.max}/s`,
        ['peak'],
      );
    if (claim.peakAlone && claim.peak === undefined)
      return report('CAPACITY_PEAK_MISSING', 'peakAlone is said of a peak, and there is none', ['peakAlone']);
    return {
      ...{ id, title, kind, arrivals, seed, generators },
      path: pathOf(path),
      objective: parseObjective(claim.objective, 'objective'),
      fromRate: claim.from,
      maxRate: claim.max,
      budgetSeconds: claim.within === undefined ? undefined : durationToMs(claim.within)! / 1000,
      peak:
        claim.peak === undefined
          ? undefined
          : { ratePerSecond: claim.peak, headroom: claim.headroom, alone: claim.peakAlone },
    };
  },
  plan({ id, objective, path, fromRate, maxRate, peak, generators, ...claim }, { assurance }) {
    const from = generators > 1 ? `, from ${generators} generators` : '';
    const level = CAPACITY_ASSURANCE[assurance];
    const budgetSeconds = claim.budgetSeconds ?? level.budgetSeconds;
    if (peak?.alone) {
      const line = `${id} ${path.kind}: ${objective.text} at ${peak.ratePerSecond * peak.headroom}/s in one trial of at most ${longestLook(budgetSeconds)} s, looked at after 20 s, 40 s and so on${from}`;
      return [{ section: 'Load', line }];
    }
    checkSearchSettings({
      ...level,
      ...{ fromRate, maxRate, budgetSeconds },
      objectiveShare: objective.objectiveShare,
    });
    const minutes = budgetSeconds / 60;
    const line = `${id} ${path.kind}: ${objective.text} in trials of ${level.trialSeconds} s${from}, for at most ${Number(minutes.toPrecision(2))} min, until the bracket is ${level.width * 100} % wide`;
    return [{ section: 'Load', line }];
  },
  paths: ({ path }) => [path],
  addons: ['istio'],
});
