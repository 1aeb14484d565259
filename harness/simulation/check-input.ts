/** Whether a simulation makes sense as it was asked for. */
import type { Latency } from '../../reports/model/simulation/latency.ts';
import { percent } from '../documents/figures.ts';
import { usageError } from '../errors/harness-error.ts';
import { sharesBelow } from './latency-model.ts';
import { checkScenario, type Scenario } from './scenario.ts';
import { type BadCanary, DEFAULT_LIMITS, type SimulationInput } from './simulation-input.ts';

/** Both are keys of 32 bits of the random numbers: a higher one would be another one's twin. */
const HIGHEST_SEED = 2 ** 32 - 1;
const MOST_RELEASES = 2 ** 32 - 1;

/** @throws HarnessError (exit 2) as simulate; SIMULATION_SEED */
export function checkInput(input: SimulationInput): void {
  const { scenario, bad, releases, maxFalse, maxMiss, precision, seed } = input;
  checkScenario(scenario);
  if (!Number.isSafeInteger(releases) || releases < 1 || releases > MOST_RELEASES)
    throw usageError(
      'SIMULATION_RELEASES',
      `the number of releases must be a whole number from 1 to ${MOST_RELEASES}, not ${releases}`,
      {
        where: '--rollouts',
      },
    );
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > HIGHEST_SEED)
    throw usageError('SIMULATION_SEED', `a seed must be a whole number from 0 to ${HIGHEST_SEED}, not ${seed}`, {
      where: '--seed',
    });
  if (precision !== undefined && !(precision > 0 && precision < 1))
    throw usageError('SIMULATION_PRECISION', `a precision must lie between 0 and 1 (0 and 100 %), not ${precision}`, {
      where: '--precision',
    });
  for (const limit of [maxFalse, maxMiss])
    if (limit !== undefined && !(limit > 0 && limit < 1))
      throw usageError('SIMULATION_LIMIT', `a limit must lie between 0 and 1 (0 and 100 %), not ${limit}`, {
        where: '--max-false, --max-miss',
      });
  if (maxMiss !== undefined && !bad)
    throw usageError('SIMULATION_LIMIT', '--max-miss needs a bad canary', {
      hint: 'Give --canary-error-rate or --canary-latency.',
    });
  for (const one of bad ? [bad, ...(input.alsoBad ?? [])] : []) checkCanary(one, scenario);
  if (input.recommend) checkRecommendation(input);
}

function checkCanary(bad: BadCanary, scenario: Scenario): void {
  checkScenario({ ...scenario, canary: { ...scenario.canary, fault: bad.fault, latency: bad.latency } });
  const { errorShare, latency } = scenario.stable;
  if (!(bad.fault.errorShare > errorShare) && !isSlower(bad.latency, latency, scenario.bucketBoundsMs))
    throw usageError(
      'SIMULATION_NO_DIFFERENCE',
      `the bad canary (${percent(bad.fault.errorShare, { digits: 3 })} errors) must be worse than the good one (${percent(errorShare, { digits: 3 })})`,
      {
        where: '--canary-error-rate, --bad',
        hint: 'Give a higher --canary-error-rate than --error-rate, or a slower --canary-latency.',
      },
    );
}

/** Fewer answers within some bound of the histogram, which is all that a query can see of it. */
function isSlower(latency: Latency, than: Latency, boundsMs: readonly number[]): boolean {
  const own = sharesBelow(latency, boundsMs);
  return sharesBelow(than, boundsMs).some((share, index) => own[index]! < share);
}

function checkRecommendation({ bad, releases, maxMiss = DEFAULT_LIMITS.maxMiss }: SimulationInput): void {
  if (!bad)
    throw usageError(
      'SIMULATION_RECOMMEND',
      '--recommend needs a bad canary: without one, no analysis is the best policy',
      {
        hint: 'Give --canary-error-rate or --canary-latency.',
      },
    );
  // 0 of n lies below the limit from here on
  const least = Math.ceil(Math.log(0.025) / Math.log1p(-maxMiss));
  if (releases < least)
    throw usageError(
      'SIMULATION_RECOMMEND',
      `${releases} releases cannot show that at most ${percent(maxMiss, { digits: 3 })} of the bad canaries are promoted`,
      {
        where: '--rollouts, --max-miss',
        hint: `At least ${least} can.`,
      },
    );
}
