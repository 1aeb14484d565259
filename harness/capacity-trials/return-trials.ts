/**
 * Does the subject come back from an overload? One generator holds the lower end of the bracket, and a second one beside it
 * brings the load to half as much again as the upper end, for two seconds. Two generators, because what is stuck would
 * recover in the second that a new one takes to start.
 */
import {
  BEFORE_SECONDS,
  heldBefore,
  isWatchedWhole,
  PULSE,
  RETURN_SECONDS,
  ReturnSearch,
  returnedAfter,
} from '../capacity/questions/return-from-overload.ts';
import type { RateInterval } from '../capacity/search/share-fit.ts';
import { usersFor } from '../capacity/trial/request-limits.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { type CapacityQuestion, timeoutSecondsOf } from './question.ts';
import { type FinishedTrial, NO_LOOKS, runTrial, type TrialOrder } from './run-trial.ts';
import type { ReturnFacts, SearchPorts } from './search-end.ts';

/** What is found before a trial that says nothing, or whose generator failed, stays; its guards say why no more is known. */
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
    ).catch(spoiledBy);
    if (trial.guards.length > 0) return { ...search.found, afterSeconds, guards: trial.guards };
    search.observe(rate, trial.after !== undefined);
    afterSeconds = trial.after ?? afterSeconds;
  }
  return { ...search.found, afterSeconds, guards: [] };
}

/** By the code of its error. @throws what is no HarnessError */
function spoiledBy(error: unknown): ReturnSeen {
  if (!(error instanceof HarnessError)) throw error;
  return { guards: [error.code], after: undefined };
}

interface PulseOrder {
  readonly rate: number;
  /** Of both generators together, per second. */
  readonly pulseRate: number;
  readonly number: number;
}

interface ReturnSeen {
  readonly guards: readonly string[];
  /** Seconds from the pulse's end until the load was held again; undefined: it was not, or a guard trips. */
  readonly after: number | undefined;
}

/** @throws HarnessError of either generator */
async function returnTrial(
  question: CapacityQuestion,
  order: PulseOrder,
  place: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<ReturnSeen> {
  const { objective, arrivals, seed } = question;
  const seen: { pulse?: Promise<PromiseSettledResult<Pulse>[]>; beganMs: number } = { beganMs: 0 };
  let trial: FinishedTrial;
  try {
    trial = await runTrial(
      {
        ...{ arrivals, seed, objective },
        ...place,
        phase: `return-${order.number}`,
        ratePerSecond: order.rate,
        seconds: RETURN_SECONDS,
        looks: NO_LOOKS,
        watch(dueSeconds, scheduledMs) {
          if (dueSeconds < BEFORE_SECONDS || seen.pulse !== undefined) return;
          seen.beganMs = scheduledMs - dueSeconds * 1000;
          seen.pulse = Promise.allSettled([sendPulse(question, order, place, ports, signal)]);
        },
      },
      { load: ports.load, readCpu: ports.readCpu, live: () => undefined },
      signal,
    );
  } finally {
    // its generator has ended when this does, whatever becomes of the other one
    await seen.pulse;
  }
  const [pulse] = (await seen.pulse) ?? [];
  if (pulse?.status === 'rejected') throw pulse.reason;
  if (trial.guards.length > 0) return { guards: trial.guards, after: undefined };
  return judgeReturn(trial, pulse?.value, seen.beganMs, objective.objectiveShare);
}

function judgeReturn(
  { recorded: { bins } }: FinishedTrial,
  pulse: Pulse | undefined,
  beganMs: number,
  objectiveShare: number,
): ReturnSeen {
  const nothing = (guard: string): ReturnSeen => ({ guards: [guard], after: undefined });
  if (pulse === undefined || pulse.lastMs === 0) return nothing('CAPACITY_PULSE_MISSING');
  if (!heldBefore(bins, objectiveShare)) return nothing('CAPACITY_NOT_HELD_BEFORE');
  const end = (pulse.lastMs - beganMs) / 1000;
  const after = returnedAfter(bins, end, objectiveShare);
  // a weak pulse proves no return; what stays overloaded even after it is stuck all the more
  if (after !== undefined) return pulse.isWeak ? nothing('CAPACITY_PULSE_WEAK') : { guards: [], after };
  return isWatchedWhole(bins, end) ? { guards: [], after } : nothing('CAPACITY_PULSE_LATE');
}

interface Pulse {
  /** Its last request was sent then, by the clock; 0: there was none. */
  readonly lastMs: number;
  /** It sent too little of what was due, or not for the whole time. */
  readonly isWeak: boolean;
}

const LEAST_PULSE_SHARE = 0.9;
/** What piles up in an overload: the users must last until its end, or they slow it down. */
const BACKLOG_SECONDS = (PULSE.factor - 1) * PULSE.seconds;
/** Gaps between requests that may be missing at its ends: independent users leave some by chance. */
const EDGE_GAPS = 5;

async function sendPulse(
  { objective, arrivals, seed }: CapacityQuestion,
  { rate, pulseRate, number }: PulseOrder,
  { target, argvPrefix }: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  { load }: SearchPorts,
  signal: AbortSignal,
): Promise<Pulse> {
  const limitSeconds = objective.limitMs / 1000;
  const ratePerSecond = pulseRate - rate;
  const due = PULSE.seconds * ratePerSecond;
  let [firstMs, lastMs] = [Infinity, 0];
  const { sent } = await load.run(
    {
      ...target,
      phase: `pulse-${number}`,
      identify: { kind: 'header', name: 'x-unused' },
      ratePerSecond,
      maxDurationMs: PULSE.seconds * 1000,
      preAllocatedVus: usersFor(ratePerSecond, Math.max(limitSeconds, BACKLOG_SECONDS / 3)),
      requestTimeoutMs: timeoutSecondsOf(objective) * 1000,
      newConnectionPerRequest: false,
      arrivals: { kind: arrivals, seed: seed + 1 },
    },
    argvPrefix,
    ({ startMs, identity }) => {
      // after a dropped request k6's numbers, and what was due by them, lag behind
      const sentMs = startMs + (Number(identity) / 10 || 0);
      firstMs = Math.min(firstMs, sentMs);
      lastMs = Math.max(lastMs, sentMs);
      return 'continue';
    },
    signal,
  );
  const spanSeconds = (lastMs - firstMs) / 1000;
  const isShort = spanSeconds < LEAST_PULSE_SHARE * PULSE.seconds - EDGE_GAPS / ratePerSecond;
  return { lastMs, isWeak: isShort || sent < LEAST_PULSE_SHARE * due - 1 };
}
