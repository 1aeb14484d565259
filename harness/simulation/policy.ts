/** What a Rollout and its AnalysisTemplates say, with every argument filled in as the controller would. Pure. */
import { EXIT, HarnessError, usageError } from '../errors/harness-error.ts';
import { NEW_ANALYSIS, reconcileAnalysis } from '../oracle/analysis-machine.ts';
import type { AnalysisMetric, AnalysisRunSpec } from '../oracle/analysis-types.ts';
import { argoFeatures } from '../oracle/argo-version.ts';
import { resolveArguments } from '../oracle/resolve-arguments.ts';
import { type RolloutPlan, readRolloutPlan } from '../oracle/rollout-plan.ts';
import type { ArmNames } from './modelled-series.ts';
import { type Argument, argumentsOf } from './policy-arguments.ts';

export interface Policy {
  readonly name: string;
  readonly plan: RolloutPlan;
  readonly background: AnalysisRunSpec | undefined;
  /** By index of the step. */
  readonly steps: Readonly<Record<number, AnalysisRunSpec>>;
  readonly arms: Readonly<Record<'canary' | 'stable', ArmNames>>;
}

/** A Kubernetes object as its file says it. */
export type ManifestValue = Readonly<Record<string, unknown>>;

interface TemplateReference {
  readonly templateName?: string;
  readonly clusterScope?: boolean;
}

interface AnalysisUse {
  readonly templates?: readonly TemplateReference[];
  readonly args?: readonly Argument[];
  readonly dryRun?: AnalysisRunSpec['dryRun'];
}

interface Template {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly args?: readonly Argument[];
    readonly metrics?: readonly AnalysisMetric[];
    readonly templates?: AnalysisUse['templates'];
    readonly dryRun?: AnalysisRunSpec['dryRun'];
  };
}

interface RolloutObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
    readonly strategy?: {
      readonly canary?: {
        readonly canaryService?: string;
        readonly stableService?: string;
        readonly analysis?: AnalysisUse;
        readonly steps?: readonly { readonly analysis?: AnalysisUse }[];
      };
    };
  };
}

/**
 * @param namespace where the Rollout goes when it does not say so itself
 * @throws HarnessError (exit 2) ROLLOUT_UNSUPPORTED, ANALYSIS_ARGUMENT_UNRESOLVED, SIMULATION_TEMPLATE_MISSING,
 *   SIMULATION_TEMPLATE_AMBIGUOUS, SIMULATION_PROVIDER, SIMULATION_NO_ANALYSIS; (exit 1) SIMULATION_RUN_INVALID: Argo makes the run an Error at once
 */
export function readPolicy(rollout: ManifestValue, templates: readonly ManifestValue[], namespace: string): Policy {
  const written = rollout as unknown as RolloutObject;
  const object: RolloutObject = { ...written, metadata: { namespace, ...written.metadata } };
  const plan = readRolloutPlan(object as unknown as Parameters<typeof readRolloutPlan>[0]);
  const canary = object.spec.strategy?.canary ?? {};
  const read = (use: AnalysisUse) => specOf(use, templates as unknown as readonly Template[], object);
  const background = plan.backgroundFrom === undefined || !canary.analysis ? undefined : read(canary.analysis);
  const steps = Object.fromEntries(
    (canary.steps ?? []).flatMap(({ analysis }, index) => (analysis ? [[index, read(analysis)] as const] : [])),
  );
  if (!background && Object.keys(steps).length === 0)
    throw usageError(
      'SIMULATION_NO_ANALYSIS',
      `Rollout ${object.metadata.name} has no analysis: every canary is promoted`,
      {
        hint: 'Add strategy.canary.analysis or an analysis step; there is nothing to simulate without.',
      },
    );
  const labels = object.spec.template?.metadata?.labels ?? {};
  const { name } = object.metadata;
  const arm = (service: string | undefined, version: string): ArmNames => ({
    namespace: object.metadata.namespace ?? namespace,
    service: service ?? name,
    workload: name,
    app: labels.app ?? name,
    version,
  });
  return {
    name,
    plan,
    background,
    steps,
    arms: {
      canary: arm(canary.canaryService, labels.version ?? 'canary'),
      stable: arm(canary.stableService, labels.version === 'stable' ? 'previous' : 'stable'),
    },
  };
}

/** Templates that the Rollout uses, each once; `inStep`: by an analysis step, which has to end by itself. */
export function usedTemplates(
  rollout: ManifestValue,
  templates: readonly ManifestValue[],
): readonly { readonly template: ManifestValue; readonly inStep: boolean }[] {
  const canary = (rollout as unknown as RolloutObject).spec.strategy?.canary ?? {};
  const all = templates as unknown as readonly Template[];
  const found = new Map<Template, boolean>();
  const add = (use: AnalysisUse | undefined, inStep: boolean) => {
    for (const reference of use?.templates ?? [])
      for (const template of withNested(reference, all, []))
        found.set(template, inStep || (found.get(template) ?? false));
  };
  add(canary.analysis, false);
  for (const { analysis } of canary.steps ?? []) add(analysis, true);
  return [...found].map(([template, inStep]) => ({ template: template as unknown as ManifestValue, inStep }));
}

function specOf(use: AnalysisUse, templates: readonly Template[], rollout: RolloutObject): AnalysisRunSpec {
  const named = [...new Set((use.templates ?? []).flatMap((reference) => withNested(reference, templates, [])))];
  const args = argumentsOf(
    use.args ?? [],
    named.flatMap(({ spec }) => spec?.args ?? []),
    rollout,
  );
  const metrics = named.flatMap(({ spec }) =>
    (spec?.metrics ?? []).map((metric) => simulable(resolveArguments(metric, args))),
  );
  const dryRun = [...(use.dryRun ?? []), ...named.flatMap(({ spec }) => spec?.dryRun ?? [])];
  const spec: AnalysisRunSpec = dryRun.length > 0 ? { metrics, dryRun } : { metrics };
  const { state } = reconcileAnalysis(spec, NEW_ANALYSIS, {}, 0, argoFeatures());
  if (state.phase === 'Error')
    throw new HarnessError('SIMULATION_RUN_INVALID', EXIT.failed, `Argo refuses the analysis: ${state.reason}`, {
      where: named.map(({ metadata }) => `AnalysisTemplate ${metadata?.name}`).join(', '),
      hint: 'The run would be an Error at once, and every release would be rolled back.',
    });
  return spec;
}

function withNested(
  reference: TemplateReference,
  templates: readonly Template[],
  above: readonly Template[],
): readonly Template[] {
  const { templateName: name = '', clusterScope } = reference;
  const kindOf = (isCluster: boolean) => (isCluster ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate');
  const kind = kindOf(clusterScope === true);
  const ofName = templates.filter(({ metadata }) => metadata?.name === name);
  const [template, second] = ofName.filter((one) => (one.kind ?? 'AnalysisTemplate') === kind);
  if (second)
    throw usageError('SIMULATION_TEMPLATE_AMBIGUOUS', `there are several ${kind}s ${name}`, {
      hint: 'Give a folder that holds it once, such as one rendered overlay.',
    });
  if (!template || above.includes(template))
    throw usageError(
      'SIMULATION_TEMPLATE_MISSING',
      template ? `${kind} ${name} names itself` : `there is no ${kind} ${name}`,
      {
        hint:
          !template && ofName.length > 0
            ? `${kindOf(clusterScope !== true)} ${name} is there: ${clusterScope ? 'leave clusterScope out' : 'set clusterScope: true'} for it.`
            : `Known: ${templates.map(({ metadata }) => metadata?.name).join(', ') || 'none'}.`,
      },
    );
  const nested = template.spec?.templates ?? [];
  return [template, ...nested.flatMap((one) => withNested(one, templates, [...above, template]))];
}

function simulable(metric: AnalysisMetric): AnalysisMetric {
  // manifests are as somebody wrote them
  const provider: Partial<AnalysisMetric['provider']> = metric.provider ?? {};
  const { prometheus } = provider;
  if (prometheus?.query !== undefined && prometheus.rangeQuery === undefined) return metric;
  const what = prometheus?.rangeQuery
    ? 'range queries'
    : prometheus
      ? 'a provider without a query'
      : `the provider ${Object.keys(provider).join(', ') || 'that is not there'}`;
  throw usageError('SIMULATION_PROVIDER', `metric ${metric.name}: ${what} cannot be simulated`, {
    hint: `Instant queries to Prometheus can; --treat-as ${metric.name}=pass or ${metric.name}=ignore leaves this one out.`,
  });
}
