/** How often a policy rolls back a good canary and promotes a bad one, over many simulated releases. */

import type { Cause, CurvePoint, ReleaseSummary, Share } from '../../reports/model/simulation/release-figures.ts';
import type { LimitVerdict, SimulationReport } from '../../reports/model/simulation-report.ts';
import { percent } from '../documents/figures.ts';
import { counted, type Rounds } from './batches.ts';
import { checkInput } from './check-input.ts';
import type { Policy } from './policy.ts';
import { recommend } from './recommend/recommend.ts';
import { checkLength, fanoOf } from './recorded-traffic.ts';
import type { ReleaseCounts } from './release-counts.ts';
import { replayTypical } from './replay.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator, type ReleaseSimulator, wholeReleaseMs } from './simulate-release.ts';
import { assumptionsOf, checkWindows, warningsOf } from './simulation-guards.ts';
import type { BadCanary, SimulationInput } from './simulation-input.ts';

const BURST_FANO = 3;
const BURST_RELEASES = 2000;
const CURVE_RELEASES = 1000;
const FALSE_ALARM = 0.01;

/**
 * Rounds of batches for whoever runs them (`runHere`, or threads); the value that it returns is the report.
 * @throws HarnessError (exit 2) SIMULATION_NO_DIFFERENCE, SIMULATION_RELEASES, SIMULATION_LIMIT, SIMULATION_PRECISION,
 *   SIMULATION_RECOMMEND, those of checkScenario, checkWindows and compilePolicy
 */
export function* simulate(given: SimulationInput): Rounds<SimulationReport> {
  checkInput(given);
  const input = { ...given, scenario: withUserTime(given) };
  const { policy, scenario, bad, releases, seed } = input;
  const alsoBad = input.alsoBad ?? [];
  const badScenario = bad && withCanary(scenario, bad);
  const { compiled, simulate: release } = createSimulator(policy, scenario, seed);
  checkWindows(compiled, scenario);
  const { recording } = scenario;
  if (recording) checkLength(recording, longestOf(release));
  const all = [scenario, ...(badScenario ? [badScenario] : []), ...alsoBad.map((one) => withCanary(scenario, one))];
  const [goodCounts, badCounts, ...otherCounts] = yield* counted(
    all.map((meeting) => ({ policy, scenario: meeting, seed, releases })),
    (counts) => input.precision !== undefined && isPrecise(counts, input),
  );
  const good = goodCounts!.summary();
  const worse = badCounts?.summary() ?? null;
  const warnings = [...warningsOf(compiled, scenario)];
  if (!recording && !input.fanoKnown && scenario.stable.errorShare > 0) {
    const some = Math.min(releases, BURST_RELEASES);
    const [bursty] = yield* counted([{ policy, scenario: { ...scenario, fano: BURST_FANO }, seed, releases: some }]);
    warnings.push({
      code: 'BURSTS_UNKNOWN',
      sentence: `errors are taken as independent; in bursts (Fano factor ${BURST_FANO}) a good canary is stopped in ${percent(bursty!.stopped.p, { digits: 3 })} of ${some} releases. Give --fano`,
    });
  }
  const recommended =
    input.recommend && badScenario
      ? yield* recommend({ ...input, ...input.recommend, good: scenario, badScenario })
      : undefined;
  const falseStop = goodCounts!.stopped;
  const miss = badCounts?.promoted ?? null;
  const others = otherCounts.map((counts, index) => ({
    canary: nameOf(alsoBad[index]!, scenario),
    miss: counts.promoted,
    summary: counts.summary(),
  }));
  const worst = [...(miss ? [miss] : []), ...others.map((one) => one.miss)].toSorted((a, b) => b.p - a.p)[0];
  const limits = [
    ...judged('max-false', input.maxFalse, falseStop),
    ...(worst ? judged('max-miss', input.maxMiss, worst) : []),
  ];
  const curves: SimulationReport['curves'][number][] = [];
  if (bad && bad.fault.errorShare > scenario.stable.errorShare) {
    curves.push({ policy: 'today', points: yield* curve(policy, input, bad) });
    if (recommended?.policy)
      curves.push({ policy: 'recommended', points: yield* curve(recommended.policy, input, bad) });
  }
  const cause = commonCause(good);
  const { queryLatencyMs, podReadyMs, weightDelayMs, approvalMs } = scenario;
  const { ratePerSecond, arrivals, fano, scrapeIntervalMs, stable, outage, users } = scenario;
  return {
    rollout: policy.name,
    seed,
    inputs: {
      ratePerSecond,
      arrivals,
      fano,
      scrapeIntervalMs,
      scrapeLoss: scenario.scrapeLoss ?? 0,
      outage: outage ? { ...outage, untilMs: outage.untilMs ?? null } : null,
      users: users ? { ...users, withinMs: users.withinMs! } : null,
      stable,
      bad: bad ?? null,
      badCanary: bad ? nameOf(bad, scenario) : null,
      recording: recording
        ? { intervals: recording.requests.length, intervalMs: recording.intervalMs, fano: fanoOf(recording) }
        : null,
      controller: { queryLatencyMs, podReadyMs, weightDelayMs, approvalMs },
    },
    good,
    bad: worse,
    falseStop,
    miss,
    others,
    efficiency: worse && bad ? efficiencyOf(scenario.stable.errorShare, bad.fault.errorShare, worse) : null,
    limits,
    verdict: worstOf(limits),
    curves,
    replay: cause ? replayTypical(policy, scenario, seed, { cause, releases: good.releases }) : null,
    recommendation: recommended?.recommendation ?? null,
    warnings,
    assumptions: assumptionsOf(scenario),
  };
}

/** The time in which users make their requests is that of today's policy, also for others that are tried beside it. */
function withUserTime({ policy, scenario }: SimulationInput): Scenario {
  const { users } = scenario;
  if (!users) return scenario;
  return { ...scenario, users: { ...users, withinMs: users.withinMs ?? wholeReleaseMs(policy, scenario) } };
}

/** Those that are stopped end early: of a few the longest is a whole one. */
function longestOf(release: ReleaseSimulator['simulate']): number {
  return Math.max(...Array.from({ length: 10 }, (_, run) => release(run).durationMs));
}

/** In words: its errors, and how long its answers take where that is another time than that of a good one. */
function nameOf({ name, fault, latency }: BadCanary, { stable }: Scenario): string {
  const errors = `${percent(fault.errorShare, { digits: 3 })} errors`;
  if (name !== undefined || JSON.stringify(latency) === JSON.stringify(stable.latency)) return name ?? errors;
  const took = 'from' in latency ? `as measured in ${latency.from}` : `in ${latency.medianMs} ms, median`;
  return `${errors}, answers ${took}`;
}

function withCanary(scenario: Scenario, { fault, latency }: BadCanary): Scenario {
  return { ...scenario, canary: { ...scenario.canary, fault, latency } };
}

/** Half of the interval's width over the share itself, or a limit that the interval does not straddle. */
function isPrecise(counts: readonly ReleaseCounts[], { precision, maxFalse, maxMiss }: SimulationInput): boolean {
  const shares = counts.map((one, index) => (index === 0 ? one.stopped : one.promoted));
  return shares.every((share, index) => {
    const limit = index === 0 ? maxFalse : maxMiss;
    if (limit !== undefined) return share.high <= limit || share.low > limit;
    return share.count > 0 && (share.high - share.low) / 2 <= precision! * share.p;
  });
}

/** Error shares around the good and the bad one: none, then twelve in even ratios. */
function* curve(policy: Policy, input: SimulationInput, bad: BadCanary): Rounds<readonly CurvePoint[]> {
  const { scenario, seed } = input;
  const highest = Math.min(1, bad.fault.errorShare * 2);
  const lowest = Math.max(scenario.stable.errorShare / 2, bad.fault.errorShare / 200);
  const steps = Array.from({ length: 12 }, (_, index) => lowest * (highest / lowest) ** (index / 11));
  const shares = [0, ...steps, scenario.stable.errorShare, bad.fault.errorShare];
  const sorted = [...new Set(shares.map((share) => Number(share.toPrecision(6))))].sort((a, b) => a - b);
  const releases = Math.min(input.releases, CURVE_RELEASES);
  const counts = yield* counted(
    sorted.map((errorShare) => ({
      policy,
      scenario: { ...scenario, canary: { ...scenario.canary, fault: { ...bad.fault, errorShare } } },
      seed,
      releases,
    })),
  );
  return sorted.map((errorShare, index) => ({ errorShare, stopped: counts[index]!.stopped }));
}

function commonCause({ stoppedByCause }: ReleaseSummary): Cause | undefined {
  const [first] = Object.entries(stoppedByCause).toSorted(([, a], [, b]) => b.count - a.count);
  return first && first[1].count > 0 ? (first[0] as Cause) : undefined;
}

/** Wald's bound for a test that always detects. */
function efficiencyOf(good: number, bad: number, { canaryRequests }: ReleaseSummary): SimulationReport['efficiency'] {
  if (!(good > 0) || !(bad > good) || bad >= 1) return null;
  const divergence = bad * Math.log(bad / good) + (1 - bad) * Math.log((1 - bad) / (1 - good));
  const boundRequests = Math.log(1 / FALSE_ALARM) / divergence;
  return { boundRequests, usedRequests: canaryRequests, share: Math.min(1, boundRequests / canaryRequests) };
}

function judged(name: LimitVerdict['name'], limit: number | undefined, share: Share): LimitVerdict[] {
  if (limit === undefined) return [];
  const verdict = share.high <= limit ? 'passed' : share.low > limit ? 'failed' : 'inconclusive';
  return [{ name, limit, verdict }];
}

function worstOf(limits: readonly LimitVerdict[]): SimulationReport['verdict'] {
  return (['failed', 'inconclusive'] as const).find((one) => limits.some(({ verdict }) => verdict === one)) ?? 'passed';
}
