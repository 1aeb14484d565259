/** Everything that is counted beside the verdict of a load phase: books, share over time, latency, rate. */
import type { RequestSample } from '../ports/request-sample.ts';
import { createLatencySummary } from './latency-summary.ts';
import { createRequestCounts, fateOf } from './request-counts.ts';
import { createShareBins } from './share-bins.ts';
import { createStartRate } from './start-rate.ts';

export type PhaseRecorder = ReturnType<typeof createPhaseRecorder>;

export function createPhaseRecorder(declaredArms: readonly string[], armOf: (sample: RequestSample) => string | null) {
  const counts = createRequestCounts(declaredArms);
  const judgedCounts = createRequestCounts([]);
  const bins = createShareBins();
  const latency = createLatencySummary();
  const startRate = createStartRate();
  let firstJudgedMs: number | undefined;
  let cutOff = 0;
  return {
    counts,
    judgedCounts,
    bins,
    latency,
    startRate,
    get firstJudgedMs() {
      return firstJudgedMs;
    },
    get cutOff() {
      return cutOff;
    },
    /** In flight when the load was stopped, and ended by that: no answer, and nobody's fault. */
    noteCutOff({ startMs }: RequestSample): void {
      cutOff += 1;
      startRate.add(startMs);
    },
    note(sample: RequestSample): void {
      const fate = fateOf(sample, armOf);
      counts.add(fate);
      startRate.add(sample.startMs);
      if (sample.status !== 0) latency.add(sample.endMs - sample.startMs);
      if (fate.kind === 'answered') bins.add(sample.startMs, fate.arm);
    },
    armOf(sample: RequestSample): string | null {
      const fate = fateOf(sample, armOf);
      return fate.kind === 'answered' ? fate.arm : null;
    },
    /** @returns the arm, null when nobody signed */
    noteJudged(sample: RequestSample): string | null {
      const fate = fateOf(sample, armOf);
      judgedCounts.add(fate);
      firstJudgedMs ??= sample.startMs;
      return fate.kind === 'answered' ? fate.arm : null;
    },
  };
}
