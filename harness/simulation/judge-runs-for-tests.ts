/** Judges the compiled path: every measurement of some releases again by the oracle, from series and text. */
import type { AnalysisMetric } from '../oracle/analysis-types.ts';
import type { MetricResult } from '../oracle/conditions/evaluate-condition.ts';
import { measurementPhase } from '../oracle/measurement-phase.ts';
import { parsePromql } from '../oracle/promql/parse-promql.ts';
import { askOracle } from './compile/compile-query.ts';
import type { Policy } from './policy.ts';
import type { Scenario } from './scenario.ts';
import { createSimulator } from './simulate-release.ts';

export interface Judgement {
  readonly measurements: number;
  /** One sentence each. */
  readonly differences: readonly string[];
}

/** @param distorted what the compiled path is made to say instead, to see that the judge notices */
export function judgeRuns(
  policy: Policy,
  scenario: Scenario,
  seed: number,
  runs: number,
  distorted: (result: MetricResult) => MetricResult = (result) => result,
): Judgement {
  const { compiled, simulate } = createSimulator(policy, scenario, seed);
  const written = new Map(
    compiled.queries.map(({ metric }) => [metric.name, { metric, expr: parsePromql(queryOf(metric)) }]),
  );
  const differences: string[] = [];
  let measurements = 0;
  for (let run = 0; run < runs; run += 1)
    simulate(run, ({ metric: name, atMs, phase, result }) => {
      measurements += 1;
      const { metric, expr } = written.get(name)!;
      const wanted = askOracle(expr, compiled.model.series, atMs);
      const found = result === undefined ? undefined : distorted(result);
      const wantedPhase = measurementPhase(metric, wanted).phase;
      if (!isSame(found, wanted) || phase !== wantedPhase)
        differences.push(
          `run ${run}, ${name} at ${atMs} ms: ${found} ${phase}, the oracle says ${wanted} ${wantedPhase}`,
        );
    });
  return { measurements, differences };
}

const queryOf = (metric: AnalysisMetric) => metric.provider.prometheus?.query?.trim() ?? '';

function isSame(a: MetricResult | undefined, b: MetricResult): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  return a !== undefined && a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}
