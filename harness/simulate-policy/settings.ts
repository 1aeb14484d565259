/** What was asked on the command line, completed by what the profile knows; the command line wins. Pure. */
import type { Latency } from '../../reports/model/simulation/latency.ts';
import { usageError } from '../errors/harness-error.ts';
import type { Profile } from '../profile/profile.ts';
import type { SimulationBlock, TrafficLevel } from '../profile/simulation-block.ts';
import { meansOf, type Recording } from '../simulation/recorded-traffic.ts';
import type { Fault, Outage, Users } from '../simulation/scenario.ts';
import type { BadCanary } from '../simulation/simulation-input.ts';
import type { RecordedTraffic } from './recording/recording-file.ts';
import type { SimulatePolicyRequest } from './simulate-policy.ts';

/** A bad canary before it is known what a good one is like. */
export interface BadCanaryAsk {
  /** In words; undefined: its error share. */
  readonly name: string | undefined;
  /** Undefined: as a good one; the same for `latency`. */
  readonly errorShare: number | undefined;
  readonly latency?: Latency | undefined;
  readonly slow: Latency['slow'] | undefined;
  readonly fault: Omit<Fault, 'errorShare'>;
}

/** Undefined: the profile says it, or else the default does. */
export interface SimulationAsk {
  readonly ratePerSecond: number | undefined;
  /** Which of the profile's rates. */
  readonly at: TrafficLevel | undefined;
  readonly errorShare: number | undefined;
  readonly latency: Latency | undefined;
  readonly arrivals: 'poisson' | 'paced' | undefined;
  readonly fano: number | undefined;
  readonly scrapeIntervalMs: number | undefined;
  readonly scrapeLoss: number | undefined;
  readonly outage: Outage | undefined;
  readonly users: Users | undefined;
  readonly approvalMs: number | undefined;
  /** Empty: those of the profile. */
  readonly bad: readonly BadCanaryAsk[];
  readonly treatAs: Readonly<Record<string, string>> | undefined;
  readonly rollout: string | undefined;
  readonly unit: string | undefined;
  readonly maxFalse: number | undefined;
  readonly maxMiss: number | undefined;
}

/** What a simulation needs to know of traffic, versions and limits. */
export type SimulationSettings = Pick<
  SimulatePolicyRequest,
  | 'ratePerSecond'
  | 'recording'
  | 'arrivals'
  | 'fano'
  | 'fanoKnown'
  | 'stable'
  | 'scrapeIntervalMs'
  | 'scrapeLoss'
  | 'outage'
  | 'users'
  | 'approvalMs'
  | 'bad'
  | 'alsoBad'
  | 'treatAs'
  | 'rollout'
  | 'unit'
  | 'maxFalse'
  | 'maxMiss'
>;

const DEFAULT_LATENCY: Latency = { medianMs: 80, sigma: 0.5 };
const DEFAULTS = { scrapeIntervalMs: 15_000, approvalMs: 60_000, fano: 1 };
/** Asks for nothing of its own. */
export const NOTHING_ASKED: SimulationAsk = {
  ...{ ratePerSecond: undefined, at: undefined, errorShare: undefined, latency: undefined, arrivals: undefined },
  ...{
    fano: undefined,
    scrapeIntervalMs: undefined,
    scrapeLoss: undefined,
    outage: undefined,
    users: undefined,
    approvalMs: undefined,
    bad: [],
    treatAs: undefined,
  },
  ...{ rollout: undefined, unit: undefined, maxFalse: undefined, maxMiss: undefined },
};

/**
 * @param source only a profile knows anything; of a folder all has to be said
 * @throws HarnessError (exit 2) SIMULATION_TRAFFIC: nobody says how much traffic there is, or it is said twice
 */
export function settingsOf(
  ask: SimulationAsk,
  source: Profile | string,
  recording?: RecordedTraffic,
): SimulationSettings {
  const profile = typeof source === 'string' ? undefined : source;
  const block = profile?.simulation;
  const means = recording && meansOf(recording);
  if (recording) refuseTwice(ask);
  const errorShare = ask.errorShare ?? means?.errorShare ?? block?.errorShare ?? 0;
  const latency = ask.latency ?? recording?.latency ?? block?.latency ?? DEFAULT_LATENCY;
  const stable = { errorShare, latency };
  const kinds = (ask.bad.length > 0 ? ask.bad : (block?.bad ?? [])).map((one) => badCanary(one, stable));
  const fano = ask.fano ?? block?.fano;
  const treatAs = { ...block?.treatAs, ...ask.treatAs };
  const { maxFalse, maxMiss } = { maxFalse: ask.maxFalse ?? block?.maxFalse, maxMiss: ask.maxMiss ?? block?.maxMiss };
  return {
    ratePerSecond: means?.ratePerSecond ?? rateOf(ask, profile),
    ...(recording ? { recording: countsOf(recording) } : {}),
    arrivals: ask.arrivals ?? block?.arrivals ?? 'poisson',
    fano: fano ?? DEFAULTS.fano,
    fanoKnown: fano !== undefined || recording !== undefined,
    stable,
    scrapeIntervalMs: ask.scrapeIntervalMs ?? block?.scrapeIntervalMs ?? DEFAULTS.scrapeIntervalMs,
    scrapeLoss: ask.scrapeLoss ?? block?.scrapeLoss ?? 0,
    outage: ask.outage,
    users: ask.users ?? block?.users,
    approvalMs: ask.approvalMs ?? block?.approvalMs ?? DEFAULTS.approvalMs,
    bad: kinds[0],
    alsoBad: kinds.slice(1),
    treatAs: Object.keys(treatAs).length === 0 ? undefined : treatAs,
    rollout: ask.rollout ?? block?.rollout,
    unit: ask.unit ?? block?.unit,
    maxFalse,
    // a limit for canaries of which there are none says nothing where only the profile sets it
    maxMiss: kinds.length === 0 ? ask.maxMiss : maxMiss,
  };
}

/** A recording says how many there are, and how they come. */
function refuseTwice(ask: SimulationAsk): void {
  const said = [
    ['--traffic', ask.ratePerSecond],
    ['--at', ask.at],
    ['--arrivals', ask.arrivals],
    ['--fano', ask.fano],
  ].find(([, value]) => value !== undefined);
  if (said)
    throw usageError('SIMULATION_TRAFFIC', `${said[0]} and a recording both say what the traffic is like`, {
      where: String(said[0]),
      hint: 'Give one of the two.',
    });
}

const countsOf = ({ intervalMs, requests, errors, warnings }: RecordedTraffic): Recording => ({
  ...{ intervalMs, requests, errors },
  ...(warnings ? { warnings } : {}),
});

function rateOf({ ratePerSecond, at }: SimulationAsk, profile: Profile | undefined): number {
  if (ratePerSecond !== undefined && at !== undefined)
    throw usageError('SIMULATION_TRAFFIC', '--traffic and --at both say how much traffic there is', {
      hint: 'Give one of the two; --at chooses a rate of the profile.',
    });
  const known = profile?.simulation?.ratePerSecond;
  const found = ratePerSecond ?? known?.[at ?? 'usual'];
  if (found !== undefined) return found;
  const rates = Object.entries(known ?? {}).flatMap(([level, rate]) => (rate === undefined ? [] : [level]));
  throw usageError(
    'SIMULATION_TRAFFIC',
    at === undefined
      ? 'nobody says how much traffic there is'
      : `nothing says how much traffic there is at ${at} times`,
    {
      ...(profile ? { where: profile.file } : {}),
      hint:
        rates.length > 0
          ? `The profile knows: ${rates.join(', ')}.`
          : 'Give --traffic 100/s (both versions together), a recording, or a profile with a block simulation.',
    },
  );
}

/** What is not said is as in a good one. */
function badCanary(ask: BadCanaryAsk, good: SimulationSettings['stable']): BadCanary {
  const latency = ask.latency ?? good.latency;
  const name = ask.name ?? (ask.slow ? slowName(ask.slow) : undefined);
  return {
    ...(name === undefined ? {} : { name }),
    fault: { errorShare: ask.errorShare ?? good.errorShare, ...ask.fault },
    latency: ask.slow ? { ...latency, slow: ask.slow } : latency,
  };
}

const slowName = ({ share, times }: NonNullable<Latency['slow']>) =>
  `${Number((share * 100).toPrecision(3))} % of answers ${times} times as slow`;

/** The rates of a profile that quotes are given for, as it names them. */
export function levelsOf({ ratePerSecond }: SimulationBlock): readonly TrafficLevel[] {
  return (['usual', 'quiet', 'peak'] as const).filter((level) => ratePerSecond[level] !== undefined);
}
