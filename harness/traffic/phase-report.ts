/** What a load phase adds to the report: its books, and the verdict that stands on them. Pure. */
import type { BooksReport, SplitReport } from '../../reports/model/run-report.ts';
import type { JoinCounts, LoadResult } from '../ports/load.ts';
import { judgeBooks } from '../verdict/books.ts';
import { onEvidence } from '../verdict/combine.ts';
import type { SplitVerdict } from '../verdict/split-judge.ts';
import type { PhaseRecorder } from './phase-recorder.ts';
import type { SplitPhase } from './split-phase-input.ts';

export function booksOf(
  phase: Pick<SplitPhase, 'id' | 'title' | 'load' | 'generatorCores'>,
  result: LoadResult,
  { counts, startRate, cutOff }: PhaseRecorder,
  order: {
    readonly duplicates: number;
    readonly gaps: number;
    readonly lostForCertain: number;
    readonly clockWentBackwards: number;
  },
): BooksReport {
  const offeredPerSecond = phase.load.ratePerSecond;
  const generator = {
    cpuShare: result.wallMs > 0 ? result.generatorCpuSeconds / (result.wallMs / 1000) : 0,
    vusMax: result.vusMax,
    vusAllocated: result.vusAllocated,
    offeredPerSecond,
    achievedPerSecond: startRate.perSecond() ?? offeredPerSecond,
  };
  const booked = {
    sent: result.sent,
    answeredByArm: [...counts.answeredByArm()],
    errors: counts.errors,
    unattributed: counts.unattributed,
    interrupted: result.interrupted + cutOff,
    droppedIterations: result.droppedIterations,
  };
  const { outcome, problems, codes } = judgeBooks({
    ...booked,
    ...order,
    received: result.received - cutOff,
    vusMax: generator.vusMax,
    vusAllocated: generator.vusAllocated,
    offeredPerSecond,
    achievedPerSecond: generator.achievedPerSecond,
    generatorCpuShare: generator.cpuShare,
    generatorCores: phase.generatorCores,
    ...(result.clockOffsetMs === undefined ? {} : { clockOffsetMs: result.clockOffsetMs }),
    ...(result.joins === undefined ? {} : { joins: result.joins }),
  });
  return {
    id: phase.id,
    title: phase.title,
    ...booked,
    witnesses: [
      {
        name: 'harness',
        count: counts.received,
        difference: counts.received - result.sent,
        explanation:
          counts.received === result.sent ? 'equal' : `${booked.interrupted} were in flight when the load stopped`,
      },
      ...(result.joins === undefined ? [] : [proxyWitness(result.joins)]),
    ],
    generator,
    outcome,
    problems: [...problems],
    ...(codes.length === 0 ? {} : { problemCodes: [...codes] }),
  };
}

/** What the proxies' logs say of the answers. */
function proxyWitness({ answered, joined, byCallerAlone }: JoinCounts): BooksReport['witnesses'][number] {
  return {
    name: 'proxies',
    count: joined,
    difference: joined - answered,
    explanation:
      joined === answered
        ? `each of ${answered} answers joined with its receiver${byCallerAlone === 0 ? '' : `, ${byCallerAlone} by the calling proxy alone`}`
        : `${answered - joined} of ${answered} answers joined with no receiver`,
  };
}

export function splitOf(
  phase: SplitPhase,
  verdict: SplitVerdict,
  books: BooksReport,
  recorder: PhaseRecorder,
  times: { readonly startedAt: number; readonly decidedAt: number },
): SplitReport {
  const { unknown: _, perRequestRouting: __, arms, trajectory, guards, ...figures } = verdict;
  const outcome = onEvidence(verdict.outcome, books.outcome);
  const isInvalid = outcome === 'invalid';
  const latencyMs = recorder.latency.summary();
  return {
    ...figures,
    id: phase.id,
    claimId: phase.claimId,
    title: phase.title,
    path: phase.path,
    outcome,
    reason: isInvalid ? 'books' : verdict.reason,
    sentence: isInvalid ? `No verdict, the evidence is bad: ${books.problems.join('; ')}.` : verdict.sentence,
    arms: arms.map((arm) => ({ ...arm })),
    trajectory: trajectory.map((point) => ({ ...point })),
    guards: guards.map((guard) => ({ ...guard })),
    unattributed: recorder.judgedCounts.unattributed,
    errors: recorder.judgedCounts.errors,
    startedAt: recorder.firstJudgedMs ?? times.startedAt,
    decidedAt: times.decidedAt,
    requestsPerSecond: books.generator.achievedPerSecond,
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}
