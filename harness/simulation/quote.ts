/**
 * The two numbers of a policy for whoever asks about something else (`plan`, `lint`): few releases, in a bounded time, and
 * the same bytes for the same seed, because the bound counts events of the simulation and not seconds.
 */

import type { PolicyQuote } from '../../reports/model/simulation-report.ts';
import { percent } from '../documents/figures.ts';
import { usageError } from '../errors/harness-error.ts';
import { checkInput } from './check-input.ts';
import type { Policy } from './policy.ts';
import { ReleaseCounts } from './release-counts.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator, type ReleaseSimulator } from './simulate-release.ts';
import { checkWindows } from './simulation-guards.ts';
import type { BadCanary } from './simulation-input.ts';

export interface QuoteInput {
  readonly policy: Policy;
  readonly scenario: Scenario;
  /** Undefined: one with twice the errors of a good one, or 5 % where that has none. */
  readonly bad: BadCanary | undefined;
  readonly seed: number;
}

/** Scrapes and measurements of one kind of canary; about half a second of one processor. */
const EVENTS = 150_000;
const MOST_RELEASES = 1000;
/** Fewer say nothing. */
const LEAST_RELEASES = 50;
/** A measurement by the oracle itself costs as much as so many that are compiled. */
const ORACLE_COST = 20;
const FROM_NOTHING = 0.05;

/**
 * @throws HarnessError (exit 2) those of checkScenario, checkWindows and compilePolicy; SIMULATION_TOO_LONG: so few
 *   releases fit in that they say nothing
 */
export function quotePolicy({ policy, scenario, bad: given, seed }: QuoteInput): PolicyQuote {
  const bad = given ?? twiceAsBad(scenario);
  const good = createSimulator(policy, scenario, seed);
  checkInput({
    ...{ policy, scenario, bad, releases: 1, seed, fanoKnown: true, maxFalse: undefined, maxMiss: undefined },
  });
  checkWindows(good.compiled, scenario);
  const releases = affordable(good, scenario);
  const { fault, latency } = bad;
  const worse = createSimulator(policy, { ...scenario, canary: { ...scenario.canary, fault, latency } }, seed);
  return {
    rollout: policy.name,
    ratePerSecond: scenario.ratePerSecond,
    goodErrorShare: scenario.stable.errorShare,
    bad: given ? (given.name ?? `${percent(given.fault.errorShare, { digits: 3 })} errors`) : wordsOf(scenario),
    falseStop: counted(good, releases).stopped,
    miss: counted(worse, releases).promoted,
    releases,
    seed,
  };
}

function twiceAsBad({ stable: { errorShare, latency } }: Scenario): BadCanary {
  return { fault: { errorShare: errorShare === 0 ? FROM_NOTHING : Math.min(1, errorShare * 2) }, latency };
}

function wordsOf({ stable: { errorShare } }: Scenario): string {
  return errorShare === 0 ? `${percent(FROM_NOTHING, { digits: 3 })} errors` : 'twice the errors';
}

/** By what the first release took. */
function affordable({ compiled, simulate }: ReleaseSimulator, { scrapeIntervalMs }: Scenario): number {
  const isSlow = compiled.metrics.some(({ query }) => query.evaluatedBy === 'oracle');
  let measured = 0;
  const { durationMs } = simulate(0, () => {
    measured += isSlow ? ORACLE_COST : 1;
  });
  const scraped = (durationMs / scrapeIntervalMs) * (compiled.readsStable ? 2 : 1);
  const releases = Math.min(MOST_RELEASES, Math.floor(EVENTS / (scraped + measured)));
  if (releases < LEAST_RELEASES)
    throw usageError(
      'SIMULATION_TOO_LONG',
      `a release of ${Math.round(durationMs / 60_000)} minutes takes too long to be simulated in passing`,
      {
        hint: 'canaryproof simulate does it.',
      },
    );
  return releases;
}

function counted({ simulate }: ReleaseSimulator, releases: number): ReleaseCounts {
  const counts = new ReleaseCounts();
  for (let run = 0; run < releases; run += 1) counts.add(simulate(run));
  return counts;
}
