/** What the simulated releases meet: traffic, versions, Prometheus and the controller. Shares 0 to 1. */
import type { Latency } from '../../reports/model/simulation-report.ts';
import { usageError } from '../errors/harness-error.ts';
import type { ArrivalModel } from './arm-traffic.ts';
import { checkRecording, type Recording } from './recorded-traffic.ts';

export interface Fault {
  readonly errorShare: number;
  /** After the beginning of the release; default: from its first request to its end. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** A leak: rises evenly from the good share to `errorShare` within this time. */
  readonly growsForMs?: number;
  /** Only while the canary is ordered at least this share of the traffic. */
  readonly fromWeight?: number;
  /** Only one of so many pods, which share the canary's requests evenly. */
  readonly pods?: number;
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
  /** In place of `arrivals` and `fano`; `ratePerSecond` and the errors of good versions are then its means. */
  readonly recording?: Recording;
}

export const DEFAULT_CONTROLLER = { queryLatencyMs: 50, podReadyMs: 5000, weightDelayMs: 1000, approvalMs: 60_000 };

/**
 * @throws HarnessError (exit 2) SIMULATION_TRAFFIC, SIMULATION_ERROR_SHARE, SIMULATION_LATENCY, SIMULATION_FANO,
 *   SIMULATION_SCRAPE, SIMULATION_FAULT_TIME
 */
export function checkScenario(scenario: Scenario): void {
  const { ratePerSecond, stable, canary, fano, scrapeIntervalMs } = scenario;
  if (scenario.recording) checkRecording(scenario.recording);
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
  for (const { medianMs, sigma, slow } of [stable.latency, canary.latency])
    if (
      !(medianMs > 0 && sigma >= 0 && Number.isFinite(medianMs + sigma)) ||
      (slow && !(slow.share > 0 && slow.share <= 1 && slow.times >= 1 && Number.isFinite(slow.times)))
    )
      throw usageError(
        'SIMULATION_LATENCY',
        `latency needs a median above 0, sigma of at least 0, and a slow share of 0 to 1 that is 1 or more times slower, not ${medianMs} ms and ${sigma}${slow ? `, ${slow.share} and ${slow.times} times` : ''}`,
        {
          where: '--latency, --canary-latency, --bad',
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
      where: '--bad-from, --bad-for, --bad',
    });
  const { growsForMs = 1, fromWeight = 1, pods = 1 } = canary.fault ?? {};
  if (!(growsForMs > 0) || !(fromWeight > 0 && fromWeight <= 1) || !(Number.isSafeInteger(pods) && pods >= 1))
    throw usageError(
      'SIMULATION_BAD_CANARY',
      'a bad canary grows within a time above 0, goes bad from a weight above 0 up to 100 %, and has whole pods',
      { where: '--bad' },
    );
}
