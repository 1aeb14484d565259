/** `simulate`: a policy found in a repository, simulated, and the recommended change as text. */
import type { PolicyEdit } from '../../reports/model/simulation/recommendation.ts';
import type { SimulationDocument, SimulationReport } from '../../reports/model/simulation-report.ts';
import { usageError } from '../errors/harness-error.ts';
import { bucketBoundsMs } from '../lint/analysis/queries/latency-bounds.ts';
import type { Rounds } from '../simulation/batches.ts';
import { readPolicy } from '../simulation/policy.ts';
import { DEFAULT_CONTROLLER, type Scenario } from '../simulation/scenario.ts';
import { simulate } from '../simulation/simulate.ts';
import type { PolicySource, SimulationInput } from '../simulation/simulation-input.ts';
import { treatMetrics } from '../simulation/treat-metrics.ts';
import { IN_PART, type RenderPrograms } from '../units/unit-model.ts';
import { type FoundRollout, findRollout, type RolloutAsk } from './find-rollout.ts';
import { objectionOf } from './lint-objection.ts';
import { countPart, mergeParts, type Part, type PartCounts, type ReadPart } from './parts/count-part.ts';
import { policyPatch } from './policy-patch.ts';
import { runOnThreads, type ThreadOptions } from './run-on-threads.ts';

/** What releases meet, as far as whoever asks decides it. */
type Meeting = Pick<
  Scenario,
  | 'recording'
  | 'ratePerSecond'
  | 'arrivals'
  | 'fano'
  | 'stable'
  | 'scrapeIntervalMs'
  | 'scrapeLoss'
  | 'outage'
  | 'users'
  | 'approvalMs'
>;

export interface SimulatePolicyRequest
  extends RolloutAsk,
    Meeting,
    Omit<SimulationInput, 'policy' | 'scenario' | 'recommend'> {
  /** By metric: `pass` or `ignore`, for providers that cannot be simulated. */
  readonly treatAs?: Readonly<Record<string, string>> | undefined;
  /** What a recommendation may change beside windows, limits, intervals, delays and guards; undefined: none is wanted. */
  readonly recommend: { readonly varyThreshold: boolean; readonly varySteps: boolean } | undefined;
}

/** What several machines counted, and by which release of the program. */
export interface CountedElsewhere {
  readonly parts: readonly ReadPart[];
  readonly program: string;
}

/** @throws HarnessError as findRollout, readPolicy and simulate; SIMULATION_PART_SEARCH and those of mergeParts */
export async function simulatePolicy(
  request: SimulatePolicyRequest,
  programs: RenderPrograms,
  options: ThreadOptions,
  elsewhere?: CountedElsewhere,
): Promise<SimulationDocument> {
  if (elsewhere) refuseSearch(request, '--merge');
  const found = await findRollout(request, programs);
  return simulateFound(found, request, options, elsewhere);
}

/** The same where the Rollout has been found. @throws HarnessError as readPolicy and simulate; those of mergeParts */
export async function simulateFound(
  found: FoundRollout,
  request: SimulatePolicyRequest,
  options: ThreadOptions,
  elsewhere?: CountedElsewhere,
): Promise<SimulationDocument> {
  const rounds = roundsOf(found, request);
  const report = elsewhere
    ? mergeParts(rounds, elsewhere.parts, elsewhere.program)
    : await runOnThreads(rounds, options);
  const { edits = [] } = report.recommendation ?? {};
  const patch =
    edits.length === 0
      ? null
      : await policyPatch(edits, [found.rollout, ...found.templates], (file) => found.tree.read(file));
  const inPart = found.inPart.map((sentence) => ({ code: IN_PART, sentence }) as const);
  return { ...report, warnings: [...inPart, ...report.warnings], unit: found.unit, patch };
}

/** The counts of one part. @throws HarnessError as simulatePolicy */
export async function simulatePart(
  request: SimulatePolicyRequest,
  programs: RenderPrograms,
  options: ThreadOptions,
  { part, program }: { readonly part: Part; readonly program: string },
): Promise<PartCounts> {
  refuseSearch(request, '--part');
  const rounds = roundsOf(await findRollout(request, programs), request);
  return runOnThreads(countPart(rounds, part, program), options);
}

/** A search, and a simulation that ends when it knows enough, go on from what was counted: no machine knows it alone. */
function refuseSearch({ recommend, precision }: SimulatePolicyRequest, where: string): void {
  const option = recommend ? '--recommend' : precision === undefined ? undefined : '--precision';
  if (option !== undefined)
    throw usageError('SIMULATION_PART_SEARCH', `${option} goes on from what was counted, which no part knows`, {
      where: `${where}, ${option}`,
      hint: `Give --rollouts a fixed number and leave ${option} out, or simulate on one machine.`,
    });
}

function roundsOf(found: FoundRollout, request: SimulatePolicyRequest): Rounds<SimulationReport> {
  const source = sourceOf(found, request.treatAs);
  const policy = readPolicy(source.rollout, source.templates, source.namespace);
  const { recommend } = request;
  const scenario = scenarioOf(request, bucketBoundsMs(found.set));
  const objection = (edits: readonly PolicyEdit[]) => objectionOf(found, edits, scenario.scrapeIntervalMs);
  return simulate({ ...request, policy, scenario, recommend: recommend && { ...recommend, source, objection } });
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

/** @param boundsMs of the latency histogram, ascending */
export function scenarioOf(request: Meeting, boundsMs: readonly number[]): Scenario {
  const { ratePerSecond, arrivals, fano, stable, scrapeIntervalMs, approvalMs, recording } = request;
  const { scrapeLoss, outage, users } = request;
  return {
    ...DEFAULT_CONTROLLER,
    approvalMs,
    ratePerSecond,
    arrivals,
    fano,
    stable,
    canary: stable,
    scrapeIntervalMs,
    scrapeLoss,
    outage,
    users,
    bucketBoundsMs: boundsMs,
    ...(recording ? { recording } : {}),
  };
}
