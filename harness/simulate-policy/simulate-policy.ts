/** `simulate`: a policy found in a repository, simulated, and the recommended change as text. */
import type { PolicyEdit, SimulationDocument } from '../../reports/model/simulation-report.ts';
import { bucketBoundsMs } from '../lint/analysis/queries/latency-bounds.ts';
import { readPolicy } from '../simulation/policy.ts';
import { DEFAULT_CONTROLLER, type Scenario } from '../simulation/scenario.ts';
import { simulate } from '../simulation/simulate.ts';
import type { PolicySource, SimulationInput } from '../simulation/simulation-input.ts';
import { treatMetrics } from '../simulation/treat-metrics.ts';
import type { RenderPrograms } from '../units/unit-model.ts';
import { type FoundRollout, findRollout, type RolloutAsk } from './find-rollout.ts';
import { objectionOf } from './lint-objection.ts';
import { policyPatch } from './policy-patch.ts';
import { runOnThreads, type ThreadOptions } from './run-on-threads.ts';

export interface SimulatePolicyRequest
  extends RolloutAsk,
    Pick<Scenario, 'recording' | 'ratePerSecond' | 'arrivals' | 'fano' | 'stable' | 'scrapeIntervalMs' | 'approvalMs'>,
    Omit<SimulationInput, 'policy' | 'scenario' | 'recommend'> {
  /** By metric: `pass` or `ignore`, for providers that cannot be simulated. */
  readonly treatAs?: Readonly<Record<string, string>> | undefined;
  /** What a recommendation may change beside windows, limits, intervals, delays and guards; undefined: none is wanted. */
  readonly recommend: { readonly varyThreshold: boolean; readonly varySteps: boolean } | undefined;
}

/** @throws HarnessError as findRollout, readPolicy and simulate */
export async function simulatePolicy(
  request: SimulatePolicyRequest,
  programs: RenderPrograms,
  options: ThreadOptions,
): Promise<SimulationDocument> {
  const found = await findRollout(request, programs);
  const source = sourceOf(found, request.treatAs);
  const policy = readPolicy(source.rollout, source.templates, source.namespace);
  const { recommend } = request;
  const scenario = scenarioOf(request, bucketBoundsMs(found.set));
  const objection = (edits: readonly PolicyEdit[]) => objectionOf(found, edits, scenario.scrapeIntervalMs);
  const input = { ...request, policy, scenario, recommend: recommend && { ...recommend, source, objection } };
  const report = await runOnThreads(simulate(input), options);
  const { edits = [] } = report.recommendation ?? {};
  const patch =
    edits.length === 0
      ? null
      : await policyPatch(edits, [found.rollout, ...found.templates], (file) => found.tree.read(file));
  return { ...report, unit: found.unit, patch };
}

/** @throws HarnessError (exit 2) SIMULATION_TREAT_AS */
export function sourceOf(
  { rollout, templates }: FoundRollout,
  treatAs: SimulatePolicyRequest['treatAs'],
): PolicySource {
  return {
    rollout: rollout.value,
    templates: treatMetrics(
      templates.map(({ value }) => value),
      treatAs ?? {},
    ),
    namespace: rollout.namespace === '' ? 'default' : rollout.namespace,
  };
}

type Meeting = Pick<
  SimulatePolicyRequest,
  'ratePerSecond' | 'recording' | 'arrivals' | 'fano' | 'stable' | 'scrapeIntervalMs' | 'approvalMs'
>;

/** @param boundsMs of the latency histogram, ascending */
export function scenarioOf(request: Meeting, boundsMs: readonly number[]): Scenario {
  const { ratePerSecond, arrivals, fano, stable, scrapeIntervalMs, approvalMs, recording } = request;
  return {
    ...DEFAULT_CONTROLLER,
    approvalMs,
    ratePerSecond,
    arrivals,
    fano,
    stable,
    canary: stable,
    scrapeIntervalMs,
    bucketBoundsMs: boundsMs,
    ...(recording ? { recording } : {}),
  };
}
