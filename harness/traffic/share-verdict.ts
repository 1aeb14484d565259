/** A stretch of a recorded stream before the split judge: did the versions get these shares all that time? Pure. */

import type { BooksReport, SplitReport } from '../../reports/model/run-report.ts';
import type { Assurance } from '../documents/assurance.ts';
import { onEvidence } from '../verdict/combine.ts';
import { leakLimit } from '../verdict/split-expectation.ts';
import { ASSURANCE, createSplitJudge, type SplitArm } from '../verdict/split-judge.ts';
import type { RolloutStream } from './recorded-stream.ts';

export interface ShareQuestion {
  readonly id: string;
  readonly claimId: string;
  readonly title: string;
  readonly path: SplitReport['path'];
  readonly arms: readonly SplitArm[];
  readonly assurance: Assurance;
  readonly ratePerSecond: number;
  /** Requests that started in between, both excluded; Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the load that the stream comes from: no verdict stands on bad ones. */
  readonly books: Pick<BooksReport, 'outcome' | 'problems'>;
}

const LOOK_EVERY = 20;

export function judgeShares(stream: RolloutStream, question: ShareQuestion): SplitReport {
  const { arms, assurance, fromMs, toMs, id, claimId, title, path, ratePerSecond, books } = question;
  // the stretch is as long as it is, whatever was seen in it
  const judge = createSplitJudge({ arms, ...ASSURANCE[assurance], lookEvery: LOOK_EVERY, design: 'fixed-sample' });
  let decidedAt: number | undefined;
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  let errors = 0;
  for (let i = 0; i < stream.length && decidedAt === undefined; i += 1) {
    const { startMs, version, ending } = stream.at(i);
    if (startMs <= fromMs || startMs >= toMs) continue;
    firstMs ??= startMs;
    lastMs = startMs;
    if (ending === 'injected' || ending === 'lost') errors += 1;
    // the stream does not keep the generator's workers, so the groups of the guards are seconds
    if (judge.observe(version, String(Math.floor(startMs / 1000))) !== undefined) decidedAt = startMs;
  }
  const verdict = judge.conclude(decidedAt === undefined ? 'load-ended' : 'decided');
  const { unknown, perRequestRouting: _, arms: judged, trajectory, guards, ...figures } = verdict;
  const outcome = onEvidence(figures.outcome, books.outcome);
  return {
    ...figures,
    outcome,
    ...(outcome === 'invalid'
      ? { reason: 'books', sentence: `No verdict, the evidence is bad: ${books.problems.join('; ')}.` }
      : {}),
    id,
    claimId,
    title,
    path,
    arms: judged.map((arm) => ({ ...arm })),
    trajectory: trajectory.map((point) => ({ ...point })),
    guards: guards.map((guard) => ({ ...guard })),
    unattributed: unknown,
    errors,
    startedAt: firstMs ?? 0,
    decidedAt: decidedAt ?? lastMs ?? 0,
    requestsPerSecond: ratePerSecond,
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
