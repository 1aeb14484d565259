/** What the simulated releases meet: traffic, versions, Prometheus and the controller. Shares 0 to 1. */
import type { Latency } from '../../reports/model/simulation-report.ts';
import { usageError } from '../errors/harness-error.ts';
import type { ArrivalModel } from './arm-traffic.ts';

export interface Fault {
  readonly errorShare: number;
  /** After the beginning of the release; default: from its first request to its end. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

export interface Scenario extends ArrivalModel {
  /** Of both versions together. */
  readonly ratePerSecond: number;
  readonly stable: { readonly errorShare: number; readonly latency: Latency };
  readonly canary: { readonly errorShare: number; readonly latency: Latency; readonly fault?: Fault };
  readonly scrapeIntervalMs: number;
  /** Of the canary's first scrape after its pods are ready; undefined: uniform, another one in each run. */
  readonly scrapePhaseMs?: number;
  readonly queryLatencyMs: number;
  readonly podReadyMs: number;
  /** From the order of the controller to the proxies. */
  readonly weightDelayMs: number;
  /** How long a human takes to promote at a pause without end. */
  readonly approvalMs: number;
  /** Of the beginning of the release, on Prometheus' clock; default 0. */
  readonly startMs?: number;
  readonly bucketBoundsMs: readonly number[];
}

export const DEFAULT_CONTROLLER = { queryLatencyMs: 50, podReadyMs: 5000, weightDelayMs: 1000, approvalMs: 60_000 };

/**
 * @throws HarnessError (exit 2) SIMULATION_TRAFFIC, SIMULATION_ERROR_SHARE, SIMULATION_LATENCY, SIMULATION_FANO,
 *   SIMULATION_SCRAPE, SIMULATION_FAULT_TIME
 */
export function checkScenario(scenario: Scenario): void {
  const { ratePerSecond, stable, canary, fano, scrapeIntervalMs } = scenario;
  if (!(ratePerSecond > 0) || !Number.isFinite(ratePerSecond))
    throw usageError('SIMULATION_TRAFFIC', `traffic must be above 0 requests/s, not ${ratePerSecond}`, {
      where: '--traffic',
      hint: 'Write the requests of both versions together, such as --traffic 100/s.',
    });
  for (const share of [stable.errorShare, canary.errorShare, canary.fault?.errorShare ?? 0])
    if (!(share >= 0 && share <= 1))
      throw usageError(
        'SIMULATION_ERROR_SHARE',
        `an error share must lie between 0 and 1 (0 and 100 %), not ${share}`,
        {
          where: '--error-rate, --canary-error-rate',
        },
      );
  for (const { medianMs, sigma } of [stable.latency, canary.latency])
    if (!(medianMs > 0) || !(sigma >= 0) || !Number.isFinite(medianMs + sigma))
      throw usageError(
        'SIMULATION_LATENCY',
        `latency needs a median above 0 and sigma of at least 0, not ${medianMs} ms and ${sigma}`,
        {
          where: '--latency, --canary-latency',
        },
      );
  if (!(fano === 0 || fano >= 1) || !Number.isFinite(fano))
    throw usageError('SIMULATION_FANO', `the Fano factor is 1 or more (0: evenly spaced), not ${fano}`, {
      where: '--fano',
    });
  if (!(scrapeIntervalMs > 0))
    throw usageError('SIMULATION_SCRAPE', `the scrape interval must be above 0, not ${scrapeIntervalMs} ms`, {
      where: '--scrape',
    });
  const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = canary.fault ?? {};
  if (!(fromMs >= 0) || !(untilMs > fromMs))
    throw usageError('SIMULATION_FAULT_TIME', 'a fault must last longer than no time', {
      where: '--bad-from, --bad-for',
    });
}
