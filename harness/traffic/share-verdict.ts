/** A stretch of a recorded stream before the split judge: did the versions get these shares all that time? Pure. */

import type { BooksReport, SplitReport } from '../../reports/model/run-report.ts';
import type { Assurance } from '../documents/assurance.ts';
import { onEvidence } from '../verdict/combine.ts';
import { expectationOfArms, leakLimit, type SplitExpectation } from '../verdict/split-expectation.ts';
import { ASSURANCE, createSplitJudge, type SplitArm } from '../verdict/split-judge.ts';
import type { RolloutStream, StreamEntry } from './recorded-stream.ts';

/** Which shares, and how certain the answer is to be. */
export interface AskedShares {
  readonly id: string;
  readonly claimId: string;
  readonly title: string;
  readonly path: SplitReport['path'];
  readonly arms: readonly SplitArm[];
  readonly assurance: Assurance;
  /** Half-width of the accepted band; default: that of the assurance. */
  readonly margin?: number | undefined;
  readonly ratePerSecond: number;
}

type Books = Pick<BooksReport, 'outcome' | 'problems'>;

export interface ShareQuestion extends AskedShares {
  /** Requests that started in between, both excluded; Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the load that the stream comes from: no verdict stands on bad ones. */
  readonly books: Books;
}

export interface SharesJudge {
  /** The next request in START order. @param group connection, virtual user, or whatever else may stick to a version */
  observe(entry: Pick<StreamEntry, 'startMs' | 'version' | 'ending'>, group: string): void;
  readonly isDecided: boolean;
  /** @param why nothing came to a decision, where nothing did */
  report(books: Books, why?: 'load-ended' | 'time-budget'): SplitReport;
}

const LOOK_EVERY = 20;

export function judgeShares(stream: RolloutStream, question: ShareQuestion): SplitReport {
  const { fromMs, toMs, books } = question;
  // the stretch is as long as it is, whatever was seen in it
  const judge = createSharesJudge(question, 'fixed-sample');
  for (let i = 0; i < stream.length && !judge.isDecided; i += 1) {
    const entry = stream.at(i);
    // the stream does not keep the generator's workers, so the groups of the guards are seconds
    if (entry.startMs > fromMs && entry.startMs < toMs) judge.observe(entry, String(Math.floor(entry.startMs / 1000)));
  }
  return judge.report(books);
}

/** The same question put to requests as they come in. @throws usage errors of the shares and the margin */
export function createSharesJudge(asked: AskedShares, design: SplitExpectation['design'] = 'sequential'): SharesJudge {
  const { arms, assurance, id, claimId, title, path, ratePerSecond } = asked;
  const expected = expectationOfArms(arms, assurance);
  const judge = createSplitJudge({ ...expected, margin: asked.margin ?? expected.margin, design });
  let decidedAt: number | undefined;
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  let errors = 0;
  return {
    get isDecided() {
      return decidedAt !== undefined;
    },
    observe({ startMs, version, ending }, group) {
      if (decidedAt !== undefined) return;
      firstMs ??= startMs;
      lastMs = startMs;
      if (ending === 'injected' || ending === 'lost') errors += 1;
      if (judge.observe(version, group) !== undefined) decidedAt = startMs;
    },
    report(books, why = 'load-ended') {
      const verdict = judge.conclude(decidedAt === undefined ? why : 'decided');
      const { unknown, perRequestRouting: _, arms: judged, trajectory, guards, ...figures } = verdict;
      const outcome = onEvidence(figures.outcome, books.outcome);
      return {
        ...figures,
        outcome,
        ...(outcome === 'invalid'
          ? { reason: 'books', sentence: `No verdict, the evidence is bad: ${books.problems.join('; ')}.` }
          : {}),
        ...{ id, claimId, title, path },
        arms: judged.map((arm) => ({ ...arm })),
        trajectory: trajectory.map((point) => ({ ...point })),
        guards: guards.map((guard) => ({ ...guard })),
        unattributed: unknown,
        errors,
        startedAt: firstMs ?? 0,
        decidedAt: decidedAt ?? lastMs ?? 0,
        requestsPerSecond: ratePerSecond,
      };
    },
  };
}

const SLACK = 1.15;
const MORE_MS = 1_000;

/** So many answers, none of them by a version, show that it gets nothing: ln(1/beta) / -ln(1 - leak). */
export function leakFreeRequests(assurance: Assurance): number {
  const { beta } = ASSURANCE[assurance];
  const leak = leakLimit({ arms: [], ...ASSURANCE[assurance], lookEvery: LOOK_EVERY });
  return Math.ceil(Math.log(1 / beta) / -Math.log1p(-leak));
}

/** How long a load must run to show that, and some more. */
export function leakFreeMs(assurance: Assurance, ratePerSecond: number): number {
  return MORE_MS + (SLACK * (leakFreeRequests(assurance) + LOOK_EVERY) * 1000) / ratePerSecond;
}
