/**
 * Double entry over one load phase: every request that was sent is answered by a known arm, an error, unattributed, or
 * was in flight when the load was stopped. If the books do not balance, or the generator could not keep up, nothing that
 * was measured can carry a verdict.
 */
import { percent, seconds } from '../documents/figures.ts';
import type { JoinCounts } from '../ports/load.ts';
import { type JoinProblem, joinProblems } from './join-problems.ts';
import { requests, whole } from './wording.ts';

export interface BooksInput {
  /** Requests the load generator says it sent. */
  readonly sent: number;
  readonly answeredByArm: readonly { readonly arm: string; readonly count: number }[];
  /** Requests without a usable answer: transport errors, timeouts, error statuses without an identity. */
  readonly errors: number;
  /** Answers that no arm name could be read from. */
  readonly unattributed: number;
  /** In flight when the verdict, a signal or the end of the load stopped them. */
  readonly interrupted: number;
  /** Samples that reached the harness. */
  readonly received: number;
  readonly droppedIterations: number;
  readonly vusMax: number;
  readonly vusAllocated: number;
  readonly offeredPerSecond: number;
  readonly achievedPerSecond: number;
  /** CPU seconds per wall second of the generator. */
  readonly generatorCpuShare: number;
  /** Cores the generator may use; 1 when left out. */
  readonly generatorCores?: number;
  readonly duplicates: number;
  readonly gaps: number;
  /** Samples that ended before they started or that started long before their predecessor. */
  readonly clockWentBackwards: number;
  /** Gaps that no request in flight explains, because they are older than any request may be; 0 when left out. */
  readonly lostForCertain?: number;
  /** Bounds, in ms, for how far the generator's clock is ahead of the harness's; left out when nobody measured. */
  readonly clockOffsetMs?: { readonly atLeast: number; readonly atMost: number };
  /** Where the proxies' logs name the receivers. */
  readonly joins?: JoinCounts;
}

/** What is wrong with the books, for machines. */
export type BooksProblemCode =
  | 'counts-damaged'
  | 'booked-differs-from-received'
  | 'samples-lost'
  | 'counted-twice'
  | 'unattributed'
  | JoinProblem[0]
  | 'dropped-iterations'
  | 'generator-saturated'
  | 'rate-not-reached'
  | 'duplicates'
  | 'gaps'
  | 'clock-backwards'
  | 'clock-offset';

export interface BooksVerdict {
  readonly outcome: 'passed' | 'invalid';
  /** One sentence each, with numbers and what to change. */
  readonly problems: readonly string[];
  /** The code of each problem, in the same order. */
  readonly codes: readonly BooksProblemCode[];
}

type Problem = readonly [code: BooksProblemCode, sentence: string];

/** Above this part of its cores the generator delays its own requests. */
const CPU_LIMIT = 0.7;
/** Below this part of the offered rate the load was not the one asked for. */
const RATE_LIMIT = 0.9;
/** Clocks further apart cannot place a request on the timeline of the other layers. */
const CLOCK_LIMIT_MS = 1000;

export function judgeBooks(books: BooksInput): BooksVerdict {
  const problems = [
    ...balanceProblems(books),
    ...joinProblems(books.joins),
    ...generatorProblems(books),
    ...sampleProblems(books),
  ];
  return {
    outcome: problems.length === 0 ? 'passed' : 'invalid',
    problems: problems.map(([, sentence]) => sentence),
    codes: problems.map(([code]) => code),
  };
}

function balanceProblems(books: BooksInput): Problem[] {
  const { sent, answeredByArm, errors, unattributed, interrupted, received } = books;
  const problems: Problem[] = [];
  const { droppedIterations, duplicates, gaps, clockWentBackwards, lostForCertain = 0 } = books;
  const counts = [
    ...[sent, errors, unattributed, interrupted, received, ...answeredByArm.map(({ count }) => count)],
    // one that is no number is not more than nothing, and would be no problem anywhere
    ...[droppedIterations, duplicates, gaps, clockWentBackwards, lostForCertain],
  ];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    return [
      ['counts-damaged', 'a count in the books is negative or not whole: the samples are damaged; run the load again'],
    ];
  }
  const answered = answeredByArm.reduce((sum, { count }) => sum + count, 0);
  const booked = answered + errors + unattributed;
  if (booked !== received) {
    problems.push([
      'booked-differs-from-received',
      `${requests(received)} reached the harness but ${whole(booked)} are booked as answers, errors or unattributed: a sample was lost or counted twice in the harness`,
    ]);
  }
  // A request in flight at the stop may or may not have been counted as sent, so the balance has that much play.
  if (booked + interrupted < sent) {
    problems.push([
      'samples-lost',
      `${requests(sent)} sent but only ${whole(booked)} accounted for and ${whole(interrupted)} interrupted: ${whole(sent - booked - interrupted)} lost on the way to the harness; lower the rate or check the generator's log`,
    ]);
  }
  if (booked > sent + interrupted) {
    problems.push([
      'counted-twice',
      `${requests(booked)} accounted for but only ${whole(sent)} sent: some were counted twice; check that nothing else writes to this run`,
    ]);
  }
  // what was not joined is named nobody, and is said better there
  const unjoined = books.joins === undefined ? 0 : books.joins.answered - books.joins.joined;
  if (unattributed > unjoined) {
    problems.push([
      'unattributed',
      `${requests(unattributed)} of ${whole(booked)} answered without saying who answered: check --identify and that every version names itself, on error pages too`,
    ]);
  }
  return problems;
}

function generatorProblems(books: BooksInput): Problem[] {
  const { droppedIterations, vusMax, vusAllocated, offeredPerSecond, achievedPerSecond, generatorCpuShare } = books;
  const cores = books.generatorCores ?? 1;
  const problems: Problem[] = [];
  if (droppedIterations > 0) {
    problems.push([
      'dropped-iterations',
      `${whole(droppedIterations)} iterations dropped with ${whole(vusMax)} of ${whole(vusAllocated)} virtual users in use: the offered load was not sent; allocate more virtual users or lower the rate`,
    ]);
  }
  if (!(generatorCpuShare < CPU_LIMIT * cores)) {
    problems.push([
      'generator-saturated',
      `the generator used ${percent(generatorCpuShare / cores)} of ${cores === 1 ? 'its core' : `its ${cores} cores`}, limit ${percent(CPU_LIMIT)}: it delays its own requests; lower the rate or give it more CPU`,
    ]);
  }
  if (!(achievedPerSecond >= RATE_LIMIT * offeredPerSecond)) {
    problems.push([
      'rate-not-reached',
      `${achievedPerSecond.toFixed(1)} of ${offeredPerSecond.toFixed(1)} offered requests per second were started: lower the rate to what the system and the generator sustain`,
    ]);
  }
  return problems;
}

function sampleProblems(books: BooksInput): Problem[] {
  const { duplicates, gaps, interrupted, clockWentBackwards, lostForCertain = 0 } = books;
  const problems: Problem[] = [];
  if (duplicates > 0) {
    problems.push([
      'duplicates',
      `${requests(duplicates)} came twice with the same number: the sample stream was merged or replayed; run the load again`,
    ]);
  }
  if (gaps > interrupted || lostForCertain > 0) {
    problems.push([
      'gaps',
      `${requests(gaps)} missing from the start order, of which only ${whole(interrupted)} were interrupted: samples were lost; lower the rate or check the generator's log`,
    ]);
  }
  if (clockWentBackwards > 0) {
    problems.push([
      'clock-backwards',
      `${requests(clockWentBackwards)} with a clock that ran backwards: times cannot be trusted; check time synchronisation on the generator's machine`,
    ]);
  }
  return [...problems, ...offsetProblems(books.clockOffsetMs)];
}

function offsetProblems(offset: BooksInput['clockOffsetMs']): Problem[] {
  if (offset === undefined || (offset.atLeast <= CLOCK_LIMIT_MS && offset.atMost >= -CLOCK_LIMIT_MS)) return [];
  const [ms, side] = offset.atLeast > CLOCK_LIMIT_MS ? [offset.atLeast, 'ahead of'] : [-offset.atMost, 'behind'];
  return [
    [
      'clock-offset',
      `the generator's clock is at least ${seconds(ms)} ${side} the harness's: its requests cannot be compared with anything else in time; check time synchronisation on the generator's machine`,
    ],
  ];
}
