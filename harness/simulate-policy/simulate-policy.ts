/** `simulate`: a policy found in a repository, simulated, and the recommended change as text. */
import type { PolicyEdit, SimulationDocument } from '../../reports/model/simulation-report.ts';
import { bucketBoundsMs } from '../lint/analysis/queries/latency-bounds.ts';
import { lintSet } from '../lint/lint-manifests.ts';
import type { Finding, ManifestSet } from '../lint/manifest-set.ts';
import { readPolicy } from '../simulation/policy.ts';
import { applyEdits, objectName } from '../simulation/recommend/policy-edits.ts';
import { DEFAULT_CONTROLLER, type Scenario } from '../simulation/scenario.ts';
import { simulate } from '../simulation/simulate.ts';
import type { SimulationInput } from '../simulation/simulation-input.ts';
import type { RenderPrograms } from '../units/unit-model.ts';
import { type FoundRollout, findRollout, type RolloutAsk } from './find-rollout.ts';
import { policyPatch } from './policy-patch.ts';
import { runOnThreads, type ThreadOptions } from './run-on-threads.ts';

export interface SimulatePolicyRequest
  extends RolloutAsk,
    Pick<Scenario, 'ratePerSecond' | 'arrivals' | 'fano' | 'stable' | 'scrapeIntervalMs' | 'approvalMs'>,
    Omit<SimulationInput, 'policy' | 'scenario' | 'recommend'> {
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
  const source = {
    rollout: found.rollout.value,
    templates: found.templates.map(({ value }) => value),
    namespace: found.rollout.namespace === '' ? 'default' : found.rollout.namespace,
  };
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

function scenarioOf(request: SimulatePolicyRequest, boundsMs: readonly number[]): Scenario {
  const { ratePerSecond, arrivals, fano, stable, scrapeIntervalMs, approvalMs } = request;
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
  };
}

/** The first error or warning that `lint` has of the changed policy and not of today's. */
function objectionOf(
  { set, rollout, templates }: FoundRollout,
  edits: readonly PolicyEdit[],
  scrapeIntervalMs: number,
) {
  const others = templates.filter((template) => !set.objects.includes(template));
  const whole: ManifestSet = { ...set, objects: [...set.objects, ...others] };
  const changed: ManifestSet = {
    ...whole,
    objects: whole.objects.map((object) => {
      if (object !== rollout && !templates.includes(object)) return object;
      const own = edits.filter((edit) => edit.object === objectName(object.value));
      const source = { rollout: object.value, templates: [], namespace: '' };
      return own.length === 0 ? object : { ...object, value: applyEdits(source, own).rollout };
    }),
  };
  const findings = (one: ManifestSet) =>
    lintSet(one, { scrapeIntervalMs }).filter(({ severity }) => severity === 'error' || severity === 'warning');
  const known = new Map<string, number>();
  for (const { code } of findings(whole)) known.set(code, (known.get(code) ?? 0) + 1);
  return findings(changed).find((finding) => isNew(finding, known))?.sentence;
}

function isNew({ code }: Finding, known: Map<string, number>): boolean {
  const left = known.get(code) ?? 0;
  known.set(code, left - 1);
  return left <= 0;
}
