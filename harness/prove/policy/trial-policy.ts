/** The policy that is proven: what gridos declares, with one metric at two weights, so that a release takes two minutes. Pure. */
import type { ManifestValue, Policy } from '../../simulation/policy.ts';
import { readPolicy } from '../../simulation/policy.ts';
import { DEFAULT_CONTROLLER, type Scenario } from '../../simulation/scenario.ts';
import type { PolicySource } from '../../simulation/simulation-input.ts';
import type { StagePlan } from '../../stage/stage-objects.ts';

const METRIC = 'success-rate';
const WEIGHTS = [25, 50];
/** So that the first measurement of each weight comes when its window is half full: births and short series count. */
const PAUSE = '5s';

interface WithSteps {
  readonly spec: {
    readonly strategy: {
      readonly canary: Readonly<Record<string, unknown>> & {
        readonly steps?: readonly { readonly analysis?: Readonly<Record<string, unknown>> }[];
      };
    };
  };
}

interface WithTemplate {
  readonly spec: { readonly template: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } } };
}

/** @throws TypeError when the profile no longer has an analysis step with that metric */
export function trialPlan(rollout: ManifestValue): StagePlan {
  const { steps = [] } = (rollout as unknown as WithSteps).spec.strategy.canary;
  const declared = steps.find(({ analysis }) => JSON.stringify(analysis ?? '').includes(`"${METRIC}"`))?.analysis;
  if (!declared) throw new TypeError(`no step of the Rollout asks for ${METRIC}`);
  const analysis = { ...declared, templates: [{ templateName: METRIC }] };
  return {
    steps: WEIGHTS.flatMap((setWeight) => [{ setWeight }, { pause: { duration: PAUSE } }, { analysis }]),
    background: undefined,
  };
}

/** The same as a policy for the simulation. */
export function trialPolicy({ rollout, templates, namespace }: PolicySource): Policy {
  const { spec } = rollout as unknown as WithSteps;
  const { analysis: _background, ...canary } = spec.strategy.canary;
  const { steps } = trialPlan(rollout);
  const strategy = { canary: { ...canary, steps } };
  return readPolicy({ ...rollout, spec: { ...spec, strategy } } as unknown as ManifestValue, templates, namespace);
}

/**
 * What decides, without the place where it stands and the version that is released there: the same in the rendered files and
 * in a copy on a cluster, whose versions are those of the stand-in.
 */
export function decisive({ plan, background, steps }: Policy, rollout: ManifestValue, namespace: string): string {
  const { labels } = (rollout as unknown as WithTemplate).spec.template.metadata;
  const text = JSON.stringify([plan.steps, background ?? null, steps]).replaceAll(namespace, 'PLACE');
  return labels?.version === undefined ? text : text.replaceAll(`\\"${labels.version}\\"`, '\\"VERSION\\"');
}

export function trialScenario(ratePerSecond: number): Scenario {
  const stable = { errorShare: 0, latency: { medianMs: 5, sigma: 0.5 } };
  return {
    ...DEFAULT_CONTROLLER,
    ...{ ratePerSecond, arrivals: 'poisson', fano: 1, stable, canary: stable, bucketBoundsMs: [] },
    // of the local cluster's Prometheus
    scrapeIntervalMs: 2000,
  };
}
