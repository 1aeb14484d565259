/** How often a policy rolls back a good canary and promotes a bad one, over many simulated releases. */
import { usageError } from '../errors/harness-error.ts';
import type { Latency } from './arm-traffic.ts';
import type { Policy } from './policy.ts';
import { ReleaseCounts, type ReleaseSummary, type Share, shareOf } from './release-counts.ts';
import { checkScenario, type Fault, type Scenario } from './scenario.ts';
import { createSimulator } from './simulate-release.ts';
import { checkWindows, type Warning, warningsOf } from './simulation-guards.ts';

export interface SimulationInput {
  readonly policy: Policy;
  /** Of both versions while all is well: `canary` is the good one. */
  readonly scenario: Scenario;
  /** Undefined: only good canaries. */
  readonly bad: { readonly fault: Fault; readonly latency: Latency } | undefined;
  readonly releases: number;
  readonly seed: number;
  /** False: --fano was not given, so bursts are unknown and their weight is shown. */
  readonly fanoKnown: boolean;
  /** Highest accepted probabilities, 0 to 1. */
  readonly maxFalse: number | undefined;
  readonly maxMiss: number | undefined;
}

export interface SimulationResult {
  readonly rollout: string;
  readonly seed: number;
  readonly inputs: Pick<Scenario, 'ratePerSecond' | 'arrivals' | 'fano' | 'scrapeIntervalMs' | 'stable'> & {
    readonly bad: SimulationInput['bad'] | null;
    readonly controller: Pick<Scenario, 'queryLatencyMs' | 'podReadyMs' | 'weightDelayMs' | 'approvalMs'>;
  };
  readonly good: ReleaseSummary;
  readonly bad: ReleaseSummary | null;
  /** P(not promoted | good) and P(promoted | bad). */
  readonly falseStop: Share;
  readonly miss: Share | null;
  readonly limits: readonly LimitVerdict[];
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
  readonly warnings: readonly Warning[];
  readonly assumptions: readonly string[];
}

export interface LimitVerdict {
  readonly name: 'max-false' | 'max-miss';
  readonly limit: number;
  /** `inconclusive`: the interval straddles the limit; more releases narrow it. */
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
}

const BURST_FANO = 3;
const BURST_RELEASES = 2000;
const ASSUMPTIONS = [
  'requests are independent of each other but for the Fano factor of the errors of one scrape interval',
  'each version is one scraped target, with a phase of its own; no scrape is lost',
  'weights hold exactly from the moment when the proxies know them',
];

/**
 * Yields after every batch, so that the caller may stop or let others work; the last value is the result.
 * @throws HarnessError (exit 2) SIMULATION_NO_DIFFERENCE, SIMULATION_RELEASES, SIMULATION_LIMIT, those of checkScenario,
 *   checkWindows and compilePolicy
 */
export function* simulate(input: SimulationInput): Generator<number, SimulationResult> {
  const { policy, scenario, bad, releases, seed } = input;
  checkInput(input);
  const badScenario = bad && { ...scenario, canary: { ...scenario.canary, ...bad } };
  const { compiled } = createSimulator(policy, scenario, seed);
  checkWindows(compiled, scenario);
  const good = yield* summarise(policy, scenario, seed, releases);
  const worse = badScenario ? yield* summarise(policy, badScenario, seed, releases) : null;
  const warnings = [...warningsOf(compiled, scenario)];
  if (!input.fanoKnown && scenario.stable.errorShare > 0) {
    const some = Math.min(releases, BURST_RELEASES);
    const bursty = yield* summarise(policy, { ...scenario, fano: BURST_FANO }, seed, some);
    warnings.push({
      code: 'BURSTS_UNKNOWN',
      sentence: `errors are taken as independent; in bursts (Fano factor ${BURST_FANO}) a good canary is stopped in ${percent(stopped(bursty).p)} of ${some} releases. Give --fano`,
    });
  }
  const falseStop = stopped(good);
  const miss = worse?.promoted ?? null;
  const limits = [
    ...judged('max-false', input.maxFalse, falseStop),
    ...(miss ? judged('max-miss', input.maxMiss, miss) : []),
  ];
  const { queryLatencyMs, podReadyMs, weightDelayMs, approvalMs } = scenario;
  const { ratePerSecond, arrivals, fano, scrapeIntervalMs, stable } = scenario;
  return {
    rollout: policy.name,
    seed,
    inputs: {
      ratePerSecond,
      arrivals,
      fano,
      scrapeIntervalMs,
      stable,
      bad: bad ?? null,
      controller: { queryLatencyMs, podReadyMs, weightDelayMs, approvalMs },
    },
    good,
    bad: worse,
    falseStop,
    miss,
    limits,
    verdict: worstOf(limits),
    warnings,
    assumptions: ASSUMPTIONS,
  };
}

const percent = (p: number) => `${Number((p * 100).toPrecision(3))} %`;

const BATCH = 200;

function* summarise(
  policy: Policy,
  scenario: Scenario,
  seed: number,
  releases: number,
): Generator<number, ReleaseSummary> {
  const simulator = createSimulator(policy, scenario, seed);
  const counts = new ReleaseCounts();
  for (let run = 0; run < releases; run += 1) {
    counts.add(simulator.simulate(run));
    if ((run + 1) % BATCH === 0) yield run + 1;
  }
  return counts.summary();
}

function stopped(summary: ReleaseSummary): Share {
  return shareOf(summary.releases - summary.promoted.count, summary.releases);
}

function judged(name: LimitVerdict['name'], limit: number | undefined, share: Share): LimitVerdict[] {
  if (limit === undefined) return [];
  const verdict = share.high <= limit ? 'passed' : share.low > limit ? 'failed' : 'inconclusive';
  return [{ name, limit, verdict }];
}

function worstOf(limits: readonly LimitVerdict[]): SimulationResult['verdict'] {
  return (['failed', 'inconclusive'] as const).find((one) => limits.some(({ verdict }) => verdict === one)) ?? 'passed';
}

function checkInput({ scenario, bad, releases, maxFalse, maxMiss }: SimulationInput): void {
  checkScenario(bad ? { ...scenario, canary: { ...scenario.canary, ...bad } } : scenario);
  if (!Number.isSafeInteger(releases) || releases < 1 || releases >= 2 ** 32)
    throw usageError(
      'SIMULATION_RELEASES',
      `the number of releases must be a whole number from 1 on, not ${releases}`,
      {
        where: '--rollouts',
      },
    );
  for (const limit of [maxFalse, maxMiss])
    if (limit !== undefined && !(limit > 0 && limit < 1))
      throw usageError('SIMULATION_LIMIT', `a limit must lie between 0 and 1 (0 and 100 %), not ${limit}`, {
        where: '--max-false, --max-miss',
      });
  if (maxMiss !== undefined && !bad)
    throw usageError('SIMULATION_LIMIT', '--max-miss needs a bad canary', {
      hint: 'Give --canary-error-rate or --canary-latency.',
    });
  const { errorShare, latency } = scenario.stable;
  const slower = bad && (bad.latency.medianMs !== latency.medianMs || bad.latency.sigma !== latency.sigma);
  if (bad && !(bad.fault.errorShare > errorShare) && !slower)
    throw usageError(
      'SIMULATION_NO_DIFFERENCE',
      `the bad canary (${percent(bad.fault.errorShare)} errors) must be worse than the good one (${percent(errorShare)})`,
      {
        where: '--canary-error-rate',
        hint: 'Give a higher --canary-error-rate than --error-rate, or another --canary-latency.',
      },
    );
}
