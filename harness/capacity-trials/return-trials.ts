/**
 * Does the subject come back from an overload? One generator holds the lower end of the bracket, and a second one beside it
 * brings the load to half as much again as the upper end, for two seconds. Two generators, because what is stuck would
 * recover in the second that a new one takes to start.
 */
import {
  BEFORE_SECONDS,
  heldBefore,
  PULSE,
  RETURN_SECONDS,
  ReturnSearch,
  returnedAfter,
} from '../capacity/questions/return-from-overload.ts';
import type { RateInterval } from '../capacity/search/share-fit.ts';
import { timeoutSecondsFor, usersFor } from '../capacity/trial/request-limits.ts';
import type { CapacityQuestion } from './question.ts';
import { NO_LOOKS, runTrial, type TrialOrder } from './run-trial.ts';
import type { ReturnFacts, SearchPorts } from './search-end.ts';

export async function returnTrials(
  question: CapacityQuestion,
  { low, high }: RateInterval,
  { target, argvPrefix }: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  settle: () => Promise<void>,
  signal: AbortSignal,
): Promise<ReturnFacts> {
  const search = new ReturnSearch(low);
  let [number, afterSeconds]: [number, number | undefined] = [0, undefined];
  for (let rate = search.next(); rate !== undefined; rate = search.next()) {
    number += 1;
    await settle();
    ports.live(`return to ${rate.toFixed(1)}/s after ${PULSE.seconds} s at ${(PULSE.factor * high).toFixed(0)}/s`);
    const trial = await returnTrial(
      { ...question, seed: (question.seed + number * 104_729) | 0 },
      { rate, pulseRate: PULSE.factor * high, number },
      { target, argvPrefix },
      ports,
      signal,
    );
    if (trial.guards.length > 0) return { ...search.found, afterSeconds, guards: trial.guards };
    search.observe(rate, trial.after !== undefined);
    afterSeconds = trial.after ?? afterSeconds;
  }
  return { ...search.found, afterSeconds, guards: [] };
}

interface PulseOrder {
  readonly rate: number;
  /** Of both generators together, per second. */
  readonly pulseRate: number;
  readonly number: number;
}

async function returnTrial(
  question: CapacityQuestion,
  { rate, pulseRate, number }: PulseOrder,
  { target, argvPrefix }: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<{ readonly guards: readonly string[]; readonly after: number | undefined }> {
  const { objective, arrivals, seed } = question;
  const limitSeconds = objective.limitMs / 1000;
  const seen: { pulse?: Promise<unknown>; beganMs: number; lastMs: number } = { beganMs: 0, lastMs: 0 };
  const send = () =>
    ports.load.run(
      {
        ...target,
        phase: `pulse-${number}`,
        identify: { kind: 'header', name: 'x-unused' },
        ratePerSecond: pulseRate - rate,
        maxDurationMs: PULSE.seconds * 1000,
        preAllocatedVus: usersFor(pulseRate - rate, limitSeconds),
        requestTimeoutMs: timeoutSecondsFor(limitSeconds) * 1000,
        newConnectionPerRequest: false,
        arrivals: { kind: arrivals, seed: seed + 1 },
      },
      argvPrefix,
      ({ startMs }) => {
        seen.lastMs = Math.max(seen.lastMs, startMs);
        return 'continue';
      },
      signal,
    );
  const trial = await runTrial(
    {
      ...{ arrivals, seed, objective, target, argvPrefix },
      phase: `return-${number}`,
      ratePerSecond: rate,
      seconds: RETURN_SECONDS,
      looks: NO_LOOKS,
      watch(dueSeconds, scheduledMs) {
        if (dueSeconds < BEFORE_SECONDS || seen.pulse !== undefined) return;
        seen.beganMs = scheduledMs - dueSeconds * 1000;
        seen.pulse = send().catch((error: unknown) => error);
      },
    },
    { load: ports.load, readCpu: ports.readCpu, live: () => undefined },
    signal,
  );
  const error = await seen.pulse;
  if (error instanceof Error) throw error;
  if (trial.guards.length > 0) return { guards: trial.guards, after: undefined };
  if (seen.lastMs === 0) return { guards: ['CAPACITY_PULSE_MISSING'], after: undefined };
  const { bins } = trial.recorded;
  if (!heldBefore(bins, objective.objectiveShare)) return { guards: ['CAPACITY_NOT_HELD_BEFORE'], after: undefined };
  const end = (seen.lastMs - seen.beganMs) / 1000;
  return { guards: [], after: returnedAfter(bins, end, objective.objectiveShare) };
}
