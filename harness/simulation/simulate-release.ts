/** Releases of one policy, one by one, by their number. */
import type { CompiledAnalysis, Observer } from './analysis-progress.ts';
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts';
import type { Policy } from './policy.ts';
import { type Release, ReleaseRun, type WeightObserver } from './release/release-run.ts';
import { SharedParts } from './release/shared-parts.ts';
import type { Scenario } from './scenario.ts';

export type { Release };

export interface ReleaseSimulator {
  readonly compiled: CompiledPolicy;
  readonly simulate: (run: number, observe?: Observer, ordered?: WeightObserver) => Release;
}

/** @throws HarnessError as compilePolicy */
export function createSimulator(policy: Policy, scenario: Scenario, seed: number): ReleaseSimulator {
  const compiled = compilePolicy(policy, scenario.bucketBoundsMs);
  const shared = new SharedParts(policy, compiled, scenario, seed);
  const { users } = scenario;
  const population = users && { ...users, withinMs: users.withinMs ?? wholeReleaseMs(policy, scenario) };
  const simulate: ReleaseSimulator['simulate'] = (run, observe, ordered) =>
    new ReleaseRun(shared, run, observe, ordered, population).whole();
  return { compiled, simulate };
}

/** How long a release takes when every measurement is good. @throws HarnessError as compilePolicy */
export function wholeReleaseMs(policy: Policy, scenario: Scenario): number {
  const compiled = allGood(compilePolicy(policy, scenario.bucketBoundsMs));
  const calm = { ...scenario, ratePerSecond: 0, recording: undefined, outage: undefined };
  return new ReleaseRun(new SharedParts(policy, compiled, calm, 1), 0, undefined, undefined, undefined).whole()
    .durationMs;
}

function allGood(compiled: CompiledPolicy): CompiledPolicy {
  const good = (analysis: CompiledAnalysis): CompiledAnalysis => ({
    ...analysis,
    metrics: new Map(
      [...analysis.metrics].map(([name, metric]) => [
        name,
        { ...metric, query: { ...metric.query, evaluate: () => [1] }, judge: () => ({ phase: 'Successful' }) },
      ]),
    ),
  });
  return {
    ...compiled,
    background: compiled.background && good(compiled.background),
    steps: Object.fromEntries(Object.entries(compiled.steps).map(([index, analysis]) => [index, good(analysis)])),
  };
}
