/** The policy behind a rollback limit: which template measures it, over which window, and how finely it can be tested. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { environmentError, usageError } from '../../errors/harness-error.ts';
import { scrapedTargets } from '../../evidence/query-probe.ts';
import { pauseMs } from '../../oracle/rollout-plan.ts';
import { refuseBadQuery, refuseShortWindow } from '../../rollouts/analysis-preflight.ts';
import {
  type AskedMetric,
  askedMetrics,
  conditionForms,
  longestRangeMs,
  metricsOf,
  templateOf,
  windowMs,
} from '../../rollouts/analysis-query.ts';
import {
  ANALYSIS_TEMPLATES,
  type AnalysisStep,
  type DeclaredRollout,
  ROLLOUTS,
  type RolloutStep,
  readRollout,
} from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import type { StagePlan } from '../../stage/stage-objects.ts';
import type { RollbackThresholdClaim, Trial } from './declaration.ts';
import type { TrialTraffic } from './threshold-margin.ts';

export interface RollbackPolicy {
  readonly claim: RollbackThresholdClaim;
  readonly rollout: DeclaredRollout;
  readonly template: KubeObject;
  readonly metric: AskedMetric;
  /** How the Rollout asks for the metric, asking for nothing else: at a step, or in the background. */
  readonly analysis: AnalysisStep;
  readonly background: boolean;
  /** How long the canary has had requests when a background analysis begins. */
  readonly leadMs: number;
  /** How far back one evaluation of the query looks, subqueries included. */
  readonly reachMs: number;
  readonly windowMs: number;
  readonly scrapeIntervalMs: number;
}

/** Envoy merges histograms when it flushes its statistics (its default, which clusters of others have). */
const HISTOGRAM_FLUSH_MS = 5_000;
const FALLBACK_WINDOW_MS = 60_000;

/**
 * Reads the policy and asks Prometheus its query once, before any load.
 * @throws HarnessError (exit 2) ANALYSIS_METRIC_MISSING, ANALYSIS_QUERY_REFUSED, ANALYSIS_QUERY_SCALAR,
 *   ANALYSIS_QUERY_SEVERAL_SERIES, ANALYSIS_WINDOW_TOO_SHORT, ROLLOUT_*; (exit 3) PROMETHEUS_MISSING
 */
export async function readPolicy(claim: RollbackThresholdClaim, scene: Scene): Promise<RollbackPolicy> {
  const { namespace, name } = claim.rollout;
  const live = await scene.client.get({ ...ROLLOUTS, namespace }, name);
  if (!live) throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${namespace}/${name}`);
  const rollout = readRollout(live);
  const templates = await scene.client.list({ ...ANALYSIS_TEMPLATES, namespace });
  const template = templateOf(templates, claim.metric);
  const steps: readonly (AnalysisStep | undefined)[] = [
    ...rollout.steps.map(({ analysis }) => analysis),
    rollout.background,
  ];
  const step = steps.find((candidate) =>
    candidate?.templates?.some(({ templateName }) => templateName === template?.metadata.name),
  );
  const metric = step && askedMetrics(step, templates, live).find((asked) => asked.name === claim.metric);
  if (!template || !step || !metric)
    throw usageError('ANALYSIS_METRIC_MISSING', `no analysis of Rollout ${name} measures ${claim.metric}`, {
      where: `Rollout ${namespace}/${name}`,
      hint: `Its templates measure ${templates.flatMap((known) => metricsOf(known).map((each) => each.name)).join(', ') || 'nothing'}.`,
    });
  const { prometheusUrl } = scene.cluster;
  if (prometheusUrl === undefined)
    throw environmentError('PROMETHEUS_MISSING', 'the cluster has no Prometheus that the harness can ask');
  await refuseBadQuery(prometheusUrl, metric, scene.signal);
  const targets = await scrapedTargets(prometheusUrl, scene.signal);
  const intervalsMs = targets.map(({ intervalMs }) => intervalMs);
  // which of them the query reads is not known: refused is what no target could do, derived is what all can
  if (intervalsMs.length > 0) refuseShortWindow(metric, Math.min(...intervalsMs));
  const scrapeIntervalMs = Math.max(...intervalsMs, 1_000);
  return {
    claim,
    rollout,
    template,
    metric,
    analysis: {
      ...step,
      templates: (step.templates ?? []).filter(({ templateName }) => templateName === template.metadata.name),
    },
    windowMs: windowMs(metric.query) ?? FALLBACK_WINDOW_MS,
    background: step === rollout.background,
    leadMs: leadMs(rollout),
    reachMs: longestRangeMs(metric.query) ?? FALLBACK_WINDOW_MS,
    scrapeIntervalMs,
  };
}

/** Pauses from the first weight on that are over when the analysis begins. */
export function leadMs({ steps, background }: Pick<DeclaredRollout, 'steps' | 'background'>): number {
  const before = steps.slice(0, background?.startingStep ?? 0);
  const first = before.findIndex(({ setWeight = 0 }) => setWeight > 0);
  if (first < 0) return 0;
  return before
    .slice(first)
    .reduce((sum, { pause }) => sum + (pause ? (pauseMs(pause) ?? Number.POSITIVE_INFINITY) : 0), 0);
}

export function trafficOf({ claim, windowMs: window, scrapeIntervalMs }: RollbackPolicy, trial: Trial): TrialTraffic {
  return {
    ratePerSecond: trial.ratePerSecond,
    weight: claim.weight / 100,
    windowMs: window,
    scrapeIntervalMs,
    flushMs: claim.limit.kind === 'slow-share' ? HISTOGRAM_FLUSH_MS : 0,
  };
}

/** How long the load goes on after the weight was set, in trials whose load stops. */
export const STOPS_AFTER_MS = 8_000;

/** Of a background analysis: measurements come every few seconds, and a limit is known for so long after it was broken. */
const BACKGROUND_SLACK_MS = 30_000;

/**
 * One weight, then as long as a window needs to hold nothing of before, then the analysis of this metric alone. A
 * background analysis begins as long after the weight as it is declared to, or when such a window is full; the pause from
 * there is as long as its query looks back, and the fault, and more.
 */
export function trialSteps(policy: RollbackPolicy, trial: Trial): StagePlan {
  const { windowMs: window, scrapeIntervalMs, flushMs } = trafficOf(policy, trial);
  const stopsAfterMs = trial.traffic === 'stops' ? STOPS_AFTER_MS : 0;
  const settleMs = window + stopsAfterMs + 2 * (scrapeIntervalMs + flushMs);
  const pauseOf = (ms: number): RolloutStep => ({ pause: { duration: `${Math.ceil(ms / 1000)}s` } });
  const weight: RolloutStep = { setWeight: policy.claim.weight };
  if (!policy.background)
    return { steps: [weight, pauseOf(settleMs), { analysis: policy.analysis }], background: undefined };
  const heldMs = trial.fault.kind === 'hold' ? trial.fault.forMs : 0;
  const watchedMs = settleMs + Math.max(policy.reachMs, heldMs) + BACKGROUND_SLACK_MS;
  const lead = Math.min(policy.leadMs, settleMs);
  const before = lead > 0 ? [pauseOf(lead)] : [];
  return {
    steps: [weight, ...before, pauseOf(watchedMs)],
    background: { ...policy.analysis, startingStep: 1 + before.length },
  };
}

/** The template with its limit stated in the form that the trial asks for. */
export function withForm(template: KubeObject, metric: string, form: Trial['condition']): KubeObject {
  if (form === 'declared' || !metricsOf(template).some(({ name }) => name === metric)) return template;
  const metrics = metricsOf(template).map((entry) => {
    if (entry.name !== metric) return entry;
    const forms = conditionForms(entry);
    if (!forms)
      throw usageError(
        'ANALYSIS_CONDITION_FORM',
        `metric ${metric} compares no plain result[0], so it has no other form`,
        {
          where: `AnalysisTemplate ${template.metadata.name}`,
        },
      );
    const { successCondition: _success, failureCondition: _failure, ...rest } = entry;
    return {
      ...rest,
      ...(form === 'failure-only' ? {} : { successCondition: forms.success }),
      ...(form === 'success-only' ? {} : { failureCondition: forms.failure }),
    };
  });
  return { ...template, spec: { ...template.spec, metrics } };
}
