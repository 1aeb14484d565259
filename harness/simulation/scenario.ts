/** What the simulated releases meet: traffic, versions, Prometheus and the controller. Shares 0 to 1. */
import type { Latency } from '../../reports/model/simulation/latency.ts';
import { usageError } from '../errors/harness-error.ts';
import type { ArrivalModel } from './arm-traffic.ts';
import { checkLatency } from './latency-model.ts';
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
  /** Share of the scrapes that fail, each target's for itself; default 0. */
  readonly scrapeLoss?: number | undefined;
  /** Something is away for a while; default: nothing is. */
  readonly outage?: Outage | undefined;
  readonly queryLatencyMs: number;
  readonly podReadyMs: number;
  /** From the order of the controller to the proxies. */
  readonly weightDelayMs: number;
  /** How long a human takes to promote at a pause without end. */
  readonly approvalMs: number;
  /** Of the beginning of the release, on Prometheus' clock; default 0. */
  readonly startMs?: number;
  readonly bucketBoundsMs: readonly number[];
  /** For how many of them meet the canary; they change nothing else. */
  readonly users?: Users | undefined;
  /** In place of `arrivals` and `fano`; `ratePerSecond` and the errors of good versions are then its means. */
  readonly recording?: Recording | undefined;
}

export interface Users {
  readonly count: number;
  /** Of each, within that time; default: within a release that is promoted. */
  readonly requests: number;
  readonly withinMs?: number | undefined;
}

/**
 * Times after the beginning of the release. `canary` and `stable`: its target cannot be scraped. `prometheus`: nothing is
 * scraped, queries fail, and afterwards what it knew before is remembered for five minutes.
 */
export interface Outage {
  readonly of: 'canary' | 'stable' | 'prometheus';
  readonly fromMs: number;
  /** Default: to the end of the release. */
  readonly untilMs?: number | undefined;
}

/** Counts of a release stay whole numbers below 2^53, and numbers are drawn without loss. */
const MOST_PER_SECOND = 1e9;

export const DEFAULT_CONTROLLER = { queryLatencyMs: 50, podReadyMs: 5000, weightDelayMs: 1000, approvalMs: 60_000 };

/**
 * @throws HarnessError (exit 2) SIMULATION_TRAFFIC, SIMULATION_ERROR_SHARE, SIMULATION_LATENCY, SIMULATION_FANO,
 *   SIMULATION_SCRAPE, SIMULATION_SCRAPE_LOSS, SIMULATION_OUTAGE, SIMULATION_USERS,
 *   SIMULATION_FAULT_TIME
 */
export function checkScenario(scenario: Scenario): void {
  const { ratePerSecond, stable, canary, fano, scrapeIntervalMs } = scenario;
  if (scenario.recording) checkRecording(scenario.recording);
  if (!(ratePerSecond > 0 && ratePerSecond <= MOST_PER_SECOND))
    throw usageError(
      'SIMULATION_TRAFFIC',
      `traffic must be above 0 and at most ${MOST_PER_SECOND} requests/s, not ${ratePerSecond}`,
      {
        where: '--traffic',
        hint: 'Write the requests of both versions together, such as --traffic 100/s.',
      },
    );
  for (const share of [stable.errorShare, canary.errorShare, canary.fault?.errorShare ?? 0])
    if (!(share >= 0 && share <= 1))
      throw usageError(
        'SIMULATION_ERROR_SHARE',
        `an error share must lie between 0 and 1 (0 and 100 %), not ${share}`,
        {
          where: '--error-rate, --canary-error-rate',
        },
      );
  checkLatency(stable.latency);
  checkLatency(canary.latency);
  if (!(fano === 0 || fano >= 1) || !Number.isFinite(fano))
    throw usageError('SIMULATION_FANO', `the Fano factor is 1 or more (0: evenly spaced), not ${fano}`, {
      where: '--fano',
    });
  if (!(scrapeIntervalMs > 0))
    throw usageError('SIMULATION_SCRAPE', `the scrape interval must be above 0, not ${scrapeIntervalMs} ms`, {
      where: '--scrape',
    });
  checkScrapes(scenario);
  checkUsers(scenario.users);
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

function checkScrapes({ scrapeLoss = 0, outage }: Scenario): void {
  if (!(scrapeLoss >= 0 && scrapeLoss < 1))
    throw usageError(
      'SIMULATION_SCRAPE_LOSS',
      `the share of lost scrapes must be 0 or more and below 1 (100 %), not ${scrapeLoss}`,
      { where: '--scrape-loss', hint: 'A target that cannot be scraped at all is an --outage.' },
    );
  if (!outage) return;
  const { fromMs, untilMs = Number.POSITIVE_INFINITY } = outage;
  if (!(fromMs >= 0) || !(untilMs > fromMs))
    throw usageError('SIMULATION_OUTAGE', 'an outage must last longer than no time', { where: '--outage' });
}

function checkUsers(users: Users | undefined): void {
  if (!users) return;
  const { count, requests, withinMs = 1 } = users;
  if (!(Number.isSafeInteger(count) && count >= 1) || !(requests > 0 && Number.isFinite(requests)) || !(withinMs > 0))
    throw usageError('SIMULATION_USERS', 'users are a whole number of them, with requests of each above 0', {
      where: '--users',
      hint: 'Such as --users 10000:5, or 10000:5/1h.',
    });
}
