/**
 * The oracle against what the real Argo Rollouts 1.9.2 did: recorded by fixtures/argo-contract_test.go.txt, which runs
 * inside Argo's own module and calls its EvaluateResult and reconcileAnalysisRun.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../errors/harness-error.ts';
import { dueMetrics, NEW_ANALYSIS, reconcileAnalysis } from './analysis-machine.ts';
import type { AnalysisMetric, AnalysisPhase, AnalysisRunSpec } from './analysis-types.ts';
import { argoFeatures } from './argo-version.ts';
import { measurementPhase, parseResult } from './measurement-phase.ts';

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8')) as T;
}

interface RecordedCondition {
  readonly success: string;
  readonly failure: string;
  /** Result as Argo prints it -> phase. */
  readonly phases: Readonly<Record<string, AnalysisPhase>>;
}

describe('conditions', () => {
  const recorded = fixture<RecordedCondition[]>('argo-conditions-1.9.2.json');

  it('are evaluated as Argo evaluates them, or refused', () => {
    const differences: string[] = [];
    const refused = new Set<string>();
    let compared = 0;
    for (const { success, failure, phases } of recorded)
      for (const [text, expected] of Object.entries(phases)) {
        try {
          const { phase } = measurementPhase(
            { successCondition: success, failureCondition: failure },
            parseResult(text)!,
          );
          compared += 1;
          if (phase !== expected) differences.push(`${success} ;; ${failure} of ${text}: ${expected}, oracle ${phase}`);
        } catch (error) {
          if (!(error instanceof HarnessError) || error.code !== 'CONDITION_UNSUPPORTED') throw error;
          refused.add(success);
        }
      }
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(2000);
    expect(refused.size).toBeLessThan(13);
  });
});

interface RecordedRun {
  readonly metrics: readonly Omit<AnalysisMetric, 'provider'>[];
  readonly dryRun?: AnalysisRunSpec['dryRun'];
  /** Metric -> the phases of its measurements: S, F, I, E. */
  readonly phases: Readonly<Record<string, string>>;
  /** Times since the first reconciliation, whose part of a second was not recorded. */
  readonly ticks: readonly {
    readonly atMs: number;
    readonly terminate?: boolean;
    readonly phase: string;
    readonly metrics: Readonly<Record<string, string>>;
    readonly afterMs?: number;
  }[];
}

const PHASES: Readonly<Record<string, AnalysisPhase>> = { S: 'Successful', F: 'Failed', I: 'Inconclusive', E: 'Error' };
const FEATURES = argoFeatures('1.9.2');

/** The first tick that comes out differently, or undefined when all agree. */
function differenceOf(
  run: RecordedRun,
  fractionMs: number,
): { readonly tick: number; readonly text: string } | undefined {
  const metrics = run.metrics.map(
    (metric): AnalysisMetric => ({ ...metric, provider: { prometheus: { query: 'q' } } }),
  );
  const taken: Record<string, number> = {};
  let state = NEW_ANALYSIS;
  for (const [index, tick] of run.ticks.entries()) {
    const spec = { metrics, ...(run.dryRun ? { dryRun: run.dryRun } : {}), terminate: tick.terminate ?? false };
    const nowMs = 1_000_000 + fractionMs + tick.atMs;
    const measured = Object.fromEntries(
      dueMetrics(spec, state, nowMs).map((name) => {
        const letter = run.phases[name]![Math.min(taken[name] ?? 0, run.phases[name]!.length - 1)]!;
        taken[name] = (taken[name] ?? 0) + 1;
        return [name, { phase: PHASES[letter]!, finishedMs: nowMs }];
      }),
    );
    const next = reconcileAnalysis(spec, state, measured, nowMs, FEATURES);
    state = next.state;
    const found = {
      phase: state.phase,
      metrics: Object.fromEntries(
        Object.entries(state.metrics).map(([name, { phase, counters }]) => [
          name,
          `${phase} ${counters.count} ${counters.successful} ${counters.failed} ${counters.inconclusive} ${counters.error} ${counters.consecutiveError} ${counters.consecutiveSuccess}`,
        ]),
      ),
      // Argo still asks to be called again in the reconciliation that ends the run; nothing comes of it.
      after: next.nextAtMs === undefined ? undefined : Math.max(0, next.nextAtMs - nowMs),
    };
    const completed = state.phase !== 'Running';
    const sameMetrics = Object.keys(tick.metrics).every((name) => tick.metrics[name] === found.metrics[name]);
    const sameCount = Object.keys(tick.metrics).length === Object.keys(found.metrics).length;
    if (found.phase !== tick.phase || !sameMetrics || !sameCount || (!completed && found.after !== tick.afterMs))
      return { tick: index, text: `${JSON.stringify(tick)} but ${JSON.stringify(found)}` };
  }
  return undefined;
}

describe('analysis runs', () => {
  const recorded = fixture<RecordedRun[]>('argo-analysis-1.9.2.json');

  it('go the way that Argo goes: what is measured when, counters, verdicts, next reconciliation', () => {
    const differences = recorded.flatMap((run, index) => {
      let furthest: ReturnType<typeof differenceOf>;
      for (let fractionMs = 0; fractionMs < 1000; fractionMs += 1) {
        const difference = differenceOf(run, fractionMs);
        if (!difference) return [];
        if (!furthest || difference.tick > furthest.tick) furthest = difference;
      }
      return [`run ${index}, tick ${furthest!.tick}: ${furthest!.text} ${JSON.stringify(run.metrics)}`];
    });
    expect(differences.slice(0, 5)).toEqual([]);
    expect(recorded.reduce((count, { ticks }) => count + ticks.length, 0)).toBeGreaterThan(500);
  }, 60_000);
});
