/** Options of `simulate`, as what is asked of the services. */
import type { Latency } from '../../../../reports/model/simulation/latency.ts';
import { usageError } from '../../../errors/harness-error.ts';
import type { TrafficLevel } from '../../../profile/simulation-block.ts';
import type { Part } from '../../../simulate-policy/parts/count-part.ts';
import type { BadCanaryAsk } from '../../../simulate-policy/settings.ts';
import type { Outage, Users } from '../../../simulation/scenario.ts';

import type { RecordedAsk, SimulateRequest } from '../../traffic-requests.ts';
import type { TalkOptions } from '../verb.ts';
import type { RecordedOptions } from './recorded-options.ts';
import type { WrittenLatency } from './simulate-arguments.ts';

export interface SimulateOptions extends TalkOptions, RecordedOptions {
  readonly at?: TrafficLevel;
  readonly errorRate?: number;
  readonly canaryErrorRate?: number;
  readonly latency?: WrittenLatency;
  readonly canaryLatency?: WrittenLatency;
  readonly bad?: readonly BadCanaryAsk[];
  readonly badFrom?: number;
  readonly badFor?: number;
  readonly arrivals?: 'poisson' | 'paced';
  readonly fano?: number;
  readonly scrape?: number;
  readonly scrapeLoss?: number;
  readonly outage?: Outage;
  readonly users?: Users;
  readonly approveAfter?: number;
  readonly sideBySide?: boolean;
  readonly rollout?: string;
  readonly unit?: string;
  readonly treatAs?: Readonly<Record<string, string>>;
  readonly precision?: number;
  readonly threads?: number;
  readonly part?: Part;
  readonly merge?: readonly string[];
  readonly recommend?: boolean;
  readonly varyThreshold?: boolean;
  readonly varySteps?: boolean;
  readonly rollouts: number;
  readonly seed: number;
  readonly maxFalse?: number;
  readonly maxMiss?: number;
}

/** @throws HarnessError (exit 2) SIMULATION_FAULT_TIME, SIMULATION_RECOMMEND: something may vary, and nothing is searched */
export function requestOf(
  source: string,
  options: SimulateOptions,
  recorded: RecordedAsk | undefined,
): SimulateRequest {
  const { canaryErrorRate, canaryLatency, badFrom, badFor } = options;
  const varied = options.varyThreshold ? '--vary-threshold' : options.varySteps ? '--vary-steps' : undefined;
  if (varied !== undefined && !options.recommend)
    throw usageError('SIMULATION_RECOMMEND', `${varied} is for --recommend`, { where: varied });
  const isBad = canaryErrorRate !== undefined || canaryLatency !== undefined;
  if (!isBad && (badFrom !== undefined || badFor !== undefined))
    throw usageError('SIMULATION_FAULT_TIME', '--bad-from and --bad-for need a bad canary', {
      hint: 'Give --canary-error-rate or --canary-latency.',
    });
  if (canaryErrorRate === undefined && canaryLatency !== undefined && (badFrom !== undefined || badFor !== undefined))
    throw usageError('SIMULATION_FAULT_TIME', 'a slow canary is slow all the time', {
      hint: '--bad-from and --bad-for are for --canary-error-rate.',
    });
  const fault = {
    ...(badFrom === undefined ? {} : { fromMs: badFrom }),
    ...(badFor === undefined ? {} : { untilMs: (badFrom ?? 0) + badFor }),
  };
  const good = splitOf(options.latency);
  const slower = splitOf(canaryLatency);
  const plain = { name: undefined, errorShare: canaryErrorRate, latency: slower.latency, slow: undefined, fault };
  return {
    source,
    ask: {
      ratePerSecond: typeof options.traffic === 'number' ? options.traffic : undefined,
      at: options.at,
      errorShare: options.errorRate,
      latency: good.latency,
      arrivals: options.arrivals,
      fano: options.fano,
      scrapeIntervalMs: options.scrape,
      scrapeLoss: options.scrapeLoss,
      outage: options.outage,
      users: options.users,
      approvalMs: options.approveAfter,
      bad: [...(isBad ? [plain] : []), ...(options.bad ?? [])],
      treatAs: options.treatAs,
      rollout: options.rollout,
      unit: options.unit,
      maxFalse: options.maxFalse,
      maxMiss: options.maxMiss,
    },
    recorded,
    measured: { good: good.file, bad: slower.file },
    threads: options.threads,
    ...(options.merge ? { merge: options.merge } : {}),
    precision: options.precision,
    releases: options.rollouts,
    seed: options.seed,
    recommend: options.recommend
      ? { varyThreshold: options.varyThreshold === true, varySteps: options.varySteps === true }
      : undefined,
  };
}

/** What is known at once, and what has to be read first. */
function splitOf(written: WrittenLatency | undefined): { readonly latency?: Latency; readonly file?: string } {
  if (written === undefined) return {};
  return 'file' in written ? { file: written.file } : { latency: written };
}
