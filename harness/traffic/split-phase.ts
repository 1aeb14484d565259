/**
 * The heart of every traffic claim: load runs, each request is recorded, put back into start order and judged, and the
 * load stops as soon as the error rates allow a decision. What comes out needs no further measuring: the verdict, the
 * books, and the share over time.
 */

import type { BooksReport, SplitReport } from '../../reports/model/run-report.ts';
import type { LoadResult, LoadRunner } from '../ports/load.ts';
import type { Progress } from '../ports/progress.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { SamplesFile } from '../run-directory/samples-file.ts';
import { withholdSplitPass } from '../verdict/cut-short.ts';
import type { EnvironmentHealth } from '../verdict/environment-health.ts';
import { createSplitJudge, type SplitExpectation, type SplitVerdict } from '../verdict/split-judge.ts';
import { createStartOrderer } from '../verdict/start-order.ts';
import { formatLive, liveSplit } from './live-view.ts';
import { createPhaseRecorder } from './phase-recorder.ts';
import { booksOf, splitOf } from './phase-report.ts';
import type { ShareSeries } from './share-bins.ts';
import { type Loss, withSharedLosses } from './shared-losses.ts';
import type { SplitPhase } from './split-phase-input.ts';

export interface SplitPhasePorts {
  readonly load: LoadRunner;
  readonly samples: Pick<SamplesFile, 'write'>;
  readonly progress: Progress;
  /** Tells losses of the environment from those of the subject. */
  readonly environment?: EnvironmentHealth | undefined;
  now(): number;
}

export interface SplitPhaseResult {
  readonly split: SplitReport;
  readonly books: BooksReport;
  /** Share of `followedArm` per second. */
  readonly series: ShareSeries;
  readonly followedArm: string;
  readonly verdict: SplitVerdict;
  readonly load: LoadResult;
}

const LIVE_EVERY_MS = 250;
/** No request is older than its time-out and what the generator needs to tell of it. */
const LOST_AFTER_TIMEOUT_MS = 5000;

/** @throws whatever the load or the recording of samples throws; usage errors of the expectation before any load */
export async function runSplitPhase(
  phase: SplitPhase,
  ports: SplitPhasePorts,
  signal: AbortSignal,
): Promise<SplitPhaseResult> {
  const { expectation, load } = phase;
  const judge = createSplitJudge(expectation);
  const followed = followedArm(expectation);
  const recorder = createPhaseRecorder(
    expectation.arms.map(({ name }) => name),
    phase.armOf,
  );
  const orderer = createStartOrderer({ lostAfterMs: load.requestTimeoutMs + LOST_AFTER_TIMEOUT_MS });
  const beganAt = ports.now();
  const losses: Loss[] = [];
  let decidedAt: number | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;

  const judgeInOrder = (ordered: readonly RequestSample[], behindGap = false) => {
    for (const sample of ordered) {
      if (!behindGap) phase.onInOrder?.(sample, recorder.armOf(sample));
      if (decidedAt !== undefined || sample.sequence < phase.warmUpRequests) continue;
      if (phase.isJudged && !phase.isJudged(sample, recorder.armOf(sample))) continue;
      const arm = recorder.noteJudged(sample);
      if (judge.observe(arm, String(sample.vu)) !== undefined) decidedAt = ports.now();
    }
  };

  const step = ports.progress.step(phase.title);
  let result: LoadResult & { readonly evidence?: { readonly duplicates: number } };
  try {
    result = await ports.load.run(
      load,
      phase.argvPrefix,
      (sample) => {
        ports.samples.write(sample);
        if (sample.status === 0 && (decidedAt !== undefined || signal.aborted) && !sample.endedBeforeStop) {
          recorder.noteCutOff(sample);
          return 'stop';
        }
        recorder.note(sample);
        if (isLost(sample)) losses.push({ startMs: sample.startMs, endMs: sample.endMs });
        judgeInOrder(orderer.push(sample));
        if (ports.now() - shownAt >= LIVE_EVERY_MS) {
          shownAt = ports.now();
          const { progress } = judge;
          step.update(formatLive(followed, progress), liveSplit(phase, progress, beganAt));
        }
        // A lost sample spoils the books for good: no use in going on.
        return decidedAt === undefined && orderer.lost === 0 ? 'continue' : 'stop';
      },
      signal,
    );
  } catch (error) {
    step.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    throw error;
  }
  const decidedInTime = decidedAt !== undefined;
  // behind the first request that was cut off only the fast answers are known, and a slow version has fewer of them
  judgeInOrder(orderer.flush(), true);
  const concluded = judge.conclude(whyEnded(decidedAt !== undefined, signal.aborted, result, load.maxDurationMs));
  // what was decided while the load still ran stands; a last look at what an interruption left over is no pass
  const verdict = decidedInTime ? concluded : withholdSplitPass(concluded, signal);
  const counted = booksOf(phase, result, recorder, {
    duplicates: orderer.duplicates + (result.evidence?.duplicates ?? 0),
    gaps: orderer.gaps,
    lostForCertain: orderer.lost,
    clockWentBackwards: orderer.malformed + orderer.clockSteps,
  });
  // a share that was proven in spite of them stands
  const books =
    verdict.outcome === 'passed' ? counted : withSharedLosses(counted, losses, ports.environment?.unhealthy() ?? []);
  const split = splitOf(phase, verdict, books, recorder, { startedAt: beganAt, decidedAt: decidedAt ?? ports.now() });
  if (split.outcome === 'passed') step.done(split.sentence);
  else step.fail(`${split.outcome}: ${split.sentence}`);
  return {
    split,
    books,
    series: recorder.bins.series(phase.path, followed.name),
    followedArm: followed.name,
    verdict,
    load: result,
  };
}

const isLost = ({ status, identity }: RequestSample): boolean => status === 0 || (status >= 500 && identity === '');

/** The arm that pictures follow: the one with the smallest share, the canary as a rule; the later one of equals. */
export function followedArm({ arms }: SplitExpectation): SplitExpectation['arms'][number] {
  return arms.reduce((least, arm) => (arm.share <= least.share ? arm : least));
}

function whyEnded(decided: boolean, interrupted: boolean, result: LoadResult, maxDurationMs: number) {
  if (decided) return 'decided';
  if (interrupted) return 'interrupted';
  return result.wallMs >= 0.95 * maxDurationMs ? 'time-budget' : 'load-ended';
}
