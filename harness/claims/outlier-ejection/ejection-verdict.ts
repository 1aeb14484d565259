/** From what clients got and what the receiver counted to the three promises of an ejection. Pure; ejection-bounds.ts derives. */
import { seconds } from '../../documents/figures.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type EjectionBounds, HANDED_ON_MS, HELD_UP_MS, TAKEN_OVER_MS } from './ejection-bounds.ts';

/** One answer to a client; Unix milliseconds. */
export interface Answer {
  /** Null: nobody named itself. */
  readonly pod: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number;
}

export interface Part {
  readonly verdict: Exclude<Outcome, 'invalid'>;
  readonly sentence: string;
  readonly code: string;
}

const part = (verdict: Part['verdict'], code: string, sentence: string): Part => ({ verdict, code, sentence });

/** In the order in which they were answered. */
const inOrder = (answers: readonly Answer[]): readonly Answer[] =>
  answers.toSorted((a, b) => a.endMs - b.endMs || a.startMs - b.startMs);

export const errorsOf = (answers: readonly Answer[], pod: string, failWith: number): readonly Answer[] =>
  inOrder(answers.filter((one) => one.pod === pod && one.status === failWith));

/** Answers to requests that began after a moment. */
export const answeredAfter = (answers: readonly Answer[], ms: number): readonly Answer[] =>
  answers.filter(({ startMs, status }) => startMs > ms && status !== 0);

export interface NumberEvidence {
  /** Until the receiver was asked for its count. */
  readonly answers: readonly Answer[];
  readonly outlier: string;
  readonly failWith: number;
  /** At the receiver, since it was told to err. */
  readonly arrived: number;
  /** Whether it got none of so many that it is out. */
  readonly silent: boolean;
}

/** After the declared number of errors in a row, and those that were under way, it gets no more. */
export function judgeNumber(
  { answers, outlier, failWith, arrived, silent }: NumberEvidence,
  bounds: EjectionBounds,
): Part {
  const { consecutiveErrors: declared } = bounds;
  const errors = errorsOf(answers, outlier, failWith);
  const last = errors[declared - 1];
  const got = `${outlier} got ${arrived} requests while it erred`;
  if (!silent)
    return stillServed(errors, bounds)
      ? part(
          'failed',
          'OUTLIER_NOT_EJECTED',
          `${got}, and still does: it should be ejected after ${declared} errors in a row.`,
        )
      : part(
          'inconclusive',
          '',
          `${outlier} answered ${errors.length} errors to clients, of which too few began after the first ${declared} to say whether it is ejected.`,
        );
  const unanswered = answers.filter(({ status }) => status === 0).length;
  if (arrived < errors.length || arrived > errors.length + unanswered)
    return part(
      'inconclusive',
      '',
      `${got}, of which clients saw ${errors.length}: something between tries again, so that nobody can say when which was answered.`,
    );
  if (last === undefined)
    return arrived === 0 || arrived >= declared
      ? part(
          'inconclusive',
          '',
          arrived === 0
            ? `${outlier} got no request at all while it erred.`
            : `${got}, of which clients saw ${errors.length}: nobody can say when the others were answered.`,
        )
      : part(
          'failed',
          'OUTLIER_EARLY',
          `${got} and was ejected then: too early, after ${declared} in a row is declared.`,
        );
  if (cameBackErring(errors, bounds)) return part('inconclusive', '', `${got}: ${BACK_ERRING}`);
  const late = errors.slice(declared).filter(({ startMs }) => startMs > last.endMs);
  const underWay = errors.length - declared - late.length;
  const shown = underWay > 0 ? ` and ${underWay} that ${underWay === 1 ? 'was' : 'were'} under way` : '';
  if (late.length === 0)
    return part('passed', '', `${outlier} was ejected after ${declared} errors in a row${shown}, as declared.`);
  if (late.every(({ startMs }) => startMs <= last.endMs + HELD_UP_MS))
    return part(
      'inconclusive',
      '',
      `${got}: ${declared}${shown}, and ${late.length} that began less than ${HELD_UP_MS} ms after the last of those; run again on a quieter machine, or with a lower rate.`,
    );
  return part(
    'failed',
    'OUTLIER_LATE',
    `${got} and was ejected then: too late, after ${declared} in a row is declared.`,
  );
}

/** It erred when it was taken back, so that a second ejection cannot be told from the first. */
const cameBackErring = (errors: readonly Answer[], { consecutiveErrors, baseEjectionMs }: EjectionBounds): boolean =>
  (errors.at(-1)?.startMs ?? 0) >=
  (errors[consecutiveErrors - 1]?.startMs ?? Number.POSITIVE_INFINITY) + baseEjectionMs;
const BACK_ERRING = 'it was back before it could be told to stop erring; run again on a quieter machine.';

/** Whether it got requests when the number was reached and whatever could take time had its time. */
export function stillServed(errors: readonly Answer[], bounds: EjectionBounds): boolean {
  const last = errors[bounds.consecutiveErrors - 1];
  return last !== undefined && (errors.at(-1)?.startMs ?? 0) > last.endMs + bounds.intervalMs + TAKEN_OVER_MS;
}

export interface TimeEvidence {
  /** Also those after its errors. */
  readonly answers: readonly Answer[];
  readonly outlier: string;
  /** With which it went silent. */
  readonly errors: readonly Answer[];
  /** Until when answers were watched. */
  readonly untilMs: number;
  /** When the receiver had been told to stop erring. */
  readonly recoveredMs: number;
}

/** The first request that reaches it again is no earlier than the base time, and no later than one sweep after it. */
export function judgeTime(
  { answers, outlier, errors, untilMs, recoveredMs }: TimeEvidence,
  bounds: EjectionBounds,
): Part {
  const { backAfterMs, consecutiveErrors } = bounds;
  const ejecting = errors[consecutiveErrors - 1];
  const last = errors.at(-1);
  if (ejecting === undefined || last === undefined)
    return part('inconclusive', '', `${outlier} was not seen to be ejected.`);
  if (cameBackErring(errors, bounds)) return part('inconclusive', '', `${outlier}: ${BACK_ERRING}`);
  const back = firstBack(answers, outlier, last);
  const declared = `${seconds(bounds.baseEjectionMs)} are declared, and a sweep every ${seconds(bounds.intervalMs)}`;
  if (back === undefined)
    return untilMs >= last.endMs + backAfterMs.most
      ? part(
          'failed',
          'OUTLIER_NOT_BACK',
          `${outlier} had not come back ${seconds(untilMs - last.endMs)} after its ejection; ${declared}.`,
        )
      : part(
          'inconclusive',
          '',
          `${outlier} was watched for only ${seconds(untilMs - last.endMs)} after its ejection.`,
        );
  const afterMs = back.endMs - ejecting.startMs;
  const came = `${outlier} came back ${seconds(afterMs)} after its ejection`;
  // the ejection is no earlier than the request that caused it, and the return no later than the answer that shows it
  if (afterMs < backAfterMs.least) return part('failed', 'OUTLIER_BACK_EARLY', `${came}: too early; ${declared}.`);
  if (back.startMs - last.endMs > backAfterMs.most)
    return part('failed', 'OUTLIER_BACK_LATE', `${came}: too late; ${declared}.`);
  if (recoveredMs > ejecting.startMs + backAfterMs.least)
    return part(
      'inconclusive',
      '',
      `${outlier} could not be told to stop erring before it came back; run again on a quieter machine.`,
    );
  return part('passed', '', `It got no request for ${seconds(afterMs)} and is back; ${declared}.`);
}

/** The first request that reached it after the last of its errors. */
export function firstBack(answers: readonly Answer[], outlier: string, last: Answer): Answer | undefined {
  return answers
    .filter(({ pod, startMs }) => pod === outlier && startMs > last.endMs)
    .toSorted((a, b) => a.startMs - b.startMs)[0];
}

export interface MostEvidence {
  /** Since all were told to err. */
  readonly answers: readonly Answer[];
  readonly pods: readonly string[];
  readonly failWith: number;
}

/** When more endpoints than may be out had their errors: so many are out, and the others go on. */
export function judgeMost({ answers, pods, failWith }: MostEvidence, bounds: EjectionBounds): Part {
  const { ejectable, silentAfter, consecutiveErrors, baseEjectionMs, maxEjectionPercent } = bounds;
  const erred = enoughErred(answers, pods, failWith, bounds);
  const after = erred === undefined ? [] : answeredAfter(answers, erred.lastMs + HANDED_ON_MS);
  if (erred === undefined || after.length < silentAfter)
    return part('inconclusive', '', 'Too few answers while all of them erred to say how many are out.');
  const looked = inOrder(after).slice(0, silentAfter);
  if ((looked.at(-1)?.endMs ?? 0) > erred.firstMs + baseEjectionMs)
    return part(
      'inconclusive',
      '',
      'It took so long until all had erred that the first may be back; give the path a higher rate.',
    );
  const out = pods.filter((pod) => looked.every((one) => one.pod !== pod));
  const seen = `While all ${pods.length} erred, ${out.length} ${out.length === 1 ? 'was' : 'were'} out at a time`;
  const allowed = `${maxEjectionPercent} % of ${pods.length} come to ${ejectable}`;
  if (out.length === ejectable) return part('passed', '', `${seen}: ${allowed}.`);
  return out.length > ejectable
    ? part('failed', 'OUTLIER_TOO_MANY', `${seen}: too many, ${allowed}.`)
    : part('failed', 'OUTLIER_TOO_FEW', `${seen}: too few after ${consecutiveErrors} errors of each, ${allowed}.`);
}

/** When one more than may be out, or all, had their number of errors; undefined: not yet. */
export function enoughErred(
  answers: readonly Answer[],
  pods: readonly string[],
  failWith: number,
  { ejectable, consecutiveErrors }: EjectionBounds,
): { readonly firstMs: number; readonly lastMs: number } | undefined {
  const wanted = Math.min(ejectable + 1, pods.length);
  const times = pods
    .flatMap((pod) => errorsOf(answers, pod, failWith)[consecutiveErrors - 1]?.endMs ?? [])
    .sort((a, b) => a - b);
  const [first, last] = [times[0], times[wanted - 1]];
  return first === undefined || last === undefined ? undefined : { firstMs: first, lastMs: last };
}
