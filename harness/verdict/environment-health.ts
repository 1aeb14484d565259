/**
 * When the environment of a run could not answer, read off a control request that is sent once a period through the same
 * gateway to a service that no trial touches. Losses that the control shares are the environment's, losses that it does
 * not share are the subject's. Pure.
 *
 * Derivation. A request is lost to a stall only when it gets no answer in its time-out T, so the stall lasts T at least.
 * Controls start every P, so one starts within P of the stall's beginning and waits T − P or longer: with T = 5 s and
 * P = 1 s at least 4 s. SLOW_MS lies in the middle between an answer in milliseconds and those 4 s: both a control that is
 * held up only half as long as its neighbours and one that is slow without a stall would have to be wrong by a factor of
 * two. A loss that comes at once (a 503, a reset) is shared when a control that fails lies no further away than P, because
 * nothing is known of the time between two controls. Where no control was even sent for 3·P the harness stood still
 * itself, and nobody can tell.
 *
 * What it cannot do: a subject that loses a request at the very moment at which the environment stalls is called the
 * environment's fault. How often that may be is the share of the run that is unhealthy, which is reported.
 */

/** One control request. Times are Unix milliseconds. */
export interface ControlSample {
  readonly sentMs: number;
  /** Undefined: still under way. */
  readonly endMs: number | undefined;
  /** HTTP status; 0 when nobody answered in time. */
  readonly status: number;
}

export interface UnhealthyInterval {
  readonly fromMs: number;
  readonly toMs: number;
  /** One clause. */
  readonly why: string;
}

/** What a load, a claim and a report ask of it. */
export interface EnvironmentHealth {
  /** Since the run began, in order of time. */
  unhealthy(): readonly UnhealthyInterval[];
  /** When the machine could not keep up (strained-machine.ts), in order of time; left out: nobody looked. */
  strained?(): readonly UnhealthyInterval[];
}

export const CONTROL_PERIOD_MS = 1_000;
/** A control that gets no answer for so long is over; as long as a load's request waits. */
export const CONTROL_TIMEOUT_MS = 5_000;
const SLOW_MS = 2_000;
const UNSENT_MS = 3 * CONTROL_PERIOD_MS;

/** @param samples in the order in which they were sent */
export function unhealthyIntervals(samples: readonly ControlSample[], nowMs: number): readonly UnhealthyInterval[] {
  const found: UnhealthyInterval[] = [];
  let before: ControlSample | undefined;
  for (const sample of samples) {
    const { sentMs, endMs, status } = sample;
    if (before && sentMs - before.sentMs >= UNSENT_MS)
      found.push({ fromMs: before.sentMs, toMs: sentMs, why: 'the harness itself stood still' });
    before = sample;
    const tookMs = (endMs ?? nowMs) - sentMs;
    if (endMs === undefined && tookMs < SLOW_MS) continue;
    if (endMs !== undefined && status === 200 && tookMs < SLOW_MS) continue;
    found.push({ fromMs: sentMs, toMs: endMs ?? nowMs, why: whyBad(endMs === undefined ? 0 : status, tookMs) });
  }
  return joined(found);
}

const whyBad = (status: number, tookMs: number): string =>
  status === 200
    ? `a control request took ${(tookMs / 1000).toFixed(1)} s`
    : status === 0
      ? `a control request got no answer for ${(tookMs / 1000).toFixed(1)} s`
      : `a control request got status ${status}`;

/** Intervals that touch, with a control's period between them, are one; its reason is that of the longest part. */
function joined(intervals: readonly UnhealthyInterval[]): readonly UnhealthyInterval[] {
  const out: { fromMs: number; toMs: number; why: string; longestMs: number }[] = [];
  for (const { fromMs, toMs, why } of [...intervals].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = out.at(-1);
    const lengthMs = toMs - fromMs;
    if (!last || fromMs > last.toMs + CONTROL_PERIOD_MS) out.push({ fromMs, toMs, why, longestMs: lengthMs });
    else {
      last.toMs = Math.max(last.toMs, toMs);
      if (lengthMs > last.longestMs) Object.assign(last, { why, longestMs: lengthMs });
    }
  }
  return out.map(({ longestMs: _, ...interval }) => interval);
}

/** The interval that a lost request shares; undefined: the loss is the subject's. */
export function sharedInterval(
  loss: { readonly startMs: number; readonly endMs: number },
  intervals: readonly UnhealthyInterval[],
): UnhealthyInterval | undefined {
  return intervals.find(
    ({ fromMs, toMs }) => loss.startMs <= toMs + CONTROL_PERIOD_MS && loss.endMs >= fromMs - CONTROL_PERIOD_MS,
  );
}

/** How much of a stretch was unhealthy. */
export function unhealthyMs(fromMs: number, toMs: number, intervals: readonly UnhealthyInterval[]): number {
  return intervals.reduce(
    (sum, interval) => sum + Math.max(0, Math.min(toMs, interval.toMs) - Math.max(fromMs, interval.fromMs)),
    0,
  );
}

/** The first of which any part lies in a stretch. */
export const firstUnhealthy = (
  fromMs: number,
  toMs: number,
  environment: EnvironmentHealth | undefined,
): UnhealthyInterval | undefined =>
  environment?.unhealthy().find((interval) => interval.fromMs <= toMs && interval.toMs >= fromMs);
