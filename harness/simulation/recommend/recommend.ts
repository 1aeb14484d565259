/**
 * A better policy near today's, by successive halving: many candidates on few releases, the better ones on more, the
 * winner on fresh seeds. All see the same traffic, so differences between them are those of the policies.
 */
import type { HeatCell, PolicyFigures, Recommendation } from '../../../reports/model/simulation/recommendation.ts';
import { counted, type Rounds } from '../batches.ts';
import type { Policy } from '../policy.ts';
import type { Scenario } from '../scenario.ts';
import { wholeReleaseMs } from '../simulate-release.ts';
import { DEFAULT_LIMITS, type RecommendInput } from '../simulation-input.ts';
import { type Candidate, candidatesOf, type Setting } from './candidates.ts';
import { leastRequests } from './needed-traffic.ts';
import { windowsMs } from './query-edits.ts';
import { byMerit, deadLimit, excess, frontOf, type Limits, type Standing, standingOf } from './standing.ts';

export interface RecommendAsk extends RecommendInput {
  readonly good: Scenario;
  readonly badScenario: Scenario;
  readonly releases: number;
  readonly seed: number;
  readonly maxFalse: number | undefined;
  readonly maxMiss: number | undefined;
}

export interface Recommended {
  readonly recommendation: Recommendation;
  /** Undefined: today's stays. */
  readonly policy: Policy | undefined;
}

/** Releases of each round as a part of all, and how many candidates go on to the next. */
const RUNGS = [
  { part: 1 / 40, keep: 24 },
  { part: 1 / 8, keep: 4 },
  { part: 1, keep: 4 },
] as const;
const LEAST_RELEASES = 100;
/** Releases may last this much longer than today's. */
const DURATION_RATIO = 1.5;
/** Less is no reason to change anything. */
const WORTHWHILE = 0.05;
const CONFIRMED_AT_MOST = 3;

export function* recommend(ask: RecommendAsk): Rounds<Recommended> {
  const { good, badScenario, seed } = ask;
  const candidates = candidatesOf(ask.source, {
    ...ask,
    scrapeIntervalMs: good.scrapeIntervalMs,
    goodErrors: good.stable.errorShare,
    badErrors: badScenario.canary.fault?.errorShare ?? 0,
  });
  const latest = new Map<Candidate, Standing>();
  let limits: Limits | undefined;
  let left = candidates;
  for (const { part, keep } of RUNGS) {
    const releases = Math.max(Math.min(LEAST_RELEASES, ask.releases), Math.ceil(ask.releases * part));
    const standings = yield* measured(left, ask, releases, seed);
    for (const standing of standings) latest.set(standing.candidate, standing);
    limits ??= limitsOf(ask, standings);
    left = survivors(standings, limits, keep);
  }
  const finalists = left.map((candidate) => latest.get(candidate)!);
  const kept = limits!;
  const feasible = finalists.filter((one) => excess(one, kept, 'high') === 0).toSorted(byMerit(kept, 'high'));
  const chosen = preferred(feasible);
  const freshSeed = (seed ^ 0x5bd1e995) >>> 0;
  const refused: Recommendation['refused'][number][] = [];
  const today = candidates[0]!;
  let confirmedToday: Standing | undefined;
  let winner: Standing | undefined;
  for (const { candidate } of chosen.slice(0, CONFIRMED_AT_MOST)) {
    const why = candidate === today ? undefined : ask.objection(candidate.edits);
    if (why !== undefined) {
      refused.push({ changes: candidate.changes, why });
      continue;
    }
    const [own, other] = yield* measured([...new Set([today, candidate])], ask, ask.releases, freshSeed);
    confirmedToday = own;
    winner = candidate === today ? own : other;
    if (excess(winner!, kept, 'high') === 0) break;
    winner = undefined;
  }
  confirmedToday ??= (yield* measured([today], ask, ask.releases, freshSeed))[0]!;
  const gain = winner ? 1 - winner.figures.bad.badAnswers / confirmedToday.figures.bad.badAnswers : 0;
  const isKept = winner !== undefined && excess(confirmedToday, kept, 'high') === 0 && !(gain > WORTHWHILE);
  const verdict = winner === undefined ? 'none' : isKept || winner.candidate === today ? 'keep' : 'change';
  const change = verdict === 'change' ? winner : undefined;
  return {
    policy: change?.candidate.policy,
    recommendation: {
      verdict,
      limits: { maxFalse: kept.maxFalse, maxMiss: kept.maxMiss, maxDurationMs: kept.maxDurationMs },
      candidates: candidates.length,
      refused,
      freshSeed,
      today: confirmedToday.figures,
      recommended: change?.figures ?? null,
      changes: change?.candidate.changes ?? [],
      edits: change?.candidate.edits ?? [],
      front: frontOf([...latest.values()].filter(isMeasuredEnough(ask))),
      heat: heatOf([...latest.values()], today),
      obstacle: verdict === 'none' ? obstacleOf(finalists, kept, ask, confirmedToday.figures) : null,
    },
  };
}

function* measured(
  candidates: readonly Candidate[],
  { good, badScenario }: RecommendAsk,
  releases: number,
  seed: number,
): Rounds<readonly Standing[]> {
  const dead: Scenario = { ...good, canary: { ...good.canary, fault: { errorShare: 1 } } };
  const scenarios = [good, badScenario, dead];
  const counts = yield* counted(
    candidates.flatMap(({ policy }) => scenarios.map((scenario) => ({ policy, scenario, seed, releases }))),
  );
  return candidates.map((candidate, index) =>
    standingOf(candidate, wholeReleaseMs(candidate.policy, good), counts.slice(index * 3, index * 3 + 3)),
  );
}

function limitsOf(ask: RecommendAsk, standings: readonly Standing[]): Limits {
  const maxMiss = ask.maxMiss ?? DEFAULT_LIMITS.maxMiss;
  return {
    maxFalse: ask.maxFalse ?? DEFAULT_LIMITS.maxFalse,
    maxMiss,
    maxDurationMs: standings[0]!.wholeMs * DURATION_RATIO,
    maxDeadMiss: deadLimit(maxMiss, standings),
  };
}

/** Half of them by what may still be, half by what is sure; today's is always among them. */
function survivors(standings: readonly Standing[], limits: Limits, keep: number): readonly Candidate[] {
  const hopeful = standings.toSorted(byMerit(limits, 'low')).slice(0, keep / 2);
  const sure = standings.toSorted(byMerit(limits, 'high')).slice(0, keep);
  const found = new Set([standings[0]!, ...hopeful]);
  for (const one of sure) if (found.size < keep + 1) found.add(one);
  return [...found].map(({ candidate }) => candidate);
}

/** Among those that cost nearly as few bad answers as the best, the one with the fewest changes. */
function preferred(feasible: readonly Standing[]): readonly Standing[] {
  const [best] = feasible;
  if (!best) return [];
  const near = (one: Standing) =>
    one.figures.bad.badAnswers <= best.figures.bad.badAnswers * (1 + WORTHWHILE) ? 0 : 1;
  return feasible.toSorted((a, b) => near(a) - near(b) || a.candidate.edits.length - b.candidate.edits.length);
}

/** Those that got beyond the first round. */
function isMeasuredEnough({ releases }: RecommendAsk): (standing: Standing) => boolean {
  return ({ figures }) => figures.good.releases >= releases / 8;
}

function heatOf(standings: readonly Standing[], today: Candidate): readonly HeatCell[] {
  const { windowMs, failureLimit } = todaysValues(today);
  const isOnly = (setting: Setting) =>
    Object.keys(setting).every((name) => name === 'window' || name === 'failureLimit');
  const cells = standings
    .filter(({ candidate }) => isOnly(candidate.setting))
    .map(({ candidate, figures }) => ({
      windowMs: candidate.setting.window === undefined ? windowMs : windowsMs(`[${candidate.setting.window}]`)[0]!,
      failureLimit: candidate.setting.failureLimit ?? failureLimit,
      falseStop: figures.falseStop.p,
      badAnswers: figures.bad.badAnswers,
    }));
  return cells.toSorted((a, b) => a.windowMs - b.windowMs || a.failureLimit - b.failureLimit);
}

function todaysValues({ policy }: Candidate): { readonly windowMs: number; readonly failureLimit: number } {
  const metrics = [policy.background, ...Object.values(policy.steps)].flatMap((spec) => spec?.metrics ?? []);
  return {
    windowMs: Math.max(0, ...metrics.flatMap(({ provider }) => windowsMs(provider.prometheus?.query ?? ''))),
    failureLimit: Math.max(...metrics.map(({ failureLimit }) => Number(failureLimit ?? 0))),
  };
}

function obstacleOf(
  finalists: readonly Standing[],
  limits: Limits,
  { good, badScenario }: RecommendAsk,
  today: PolicyFigures,
): Recommendation['obstacle'] {
  const { figures: nearest, wholeMs } = finalists.toSorted(byMerit(limits, 'high'))[0]!;
  const ratios = [
    ['max-false', nearest.falseStop.high / limits.maxFalse],
    ['max-miss', Math.max(nearest.miss.high / limits.maxMiss, nearest.deadMiss.high / limits.maxDeadMiss)],
    ['max-duration', wholeMs / limits.maxDurationMs],
  ] as const;
  const [limit] = ratios.toSorted(([, a], [, b]) => b - a)[0]!;
  const requests = leastRequests(good.stable.errorShare, badScenario.canary.fault?.errorShare ?? 0, limits);
  // what a release that is promoted gives the canary
  const perRate = today.good.canaryRequests / good.ratePerSecond;
  return {
    limit,
    canaryRequests: requests ?? null,
    ratePerSecond: requests === undefined || perRate === 0 ? null : requests / perRate,
  };
}
