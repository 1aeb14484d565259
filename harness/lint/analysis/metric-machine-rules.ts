/** Metrics, run through Argo's own counting with measurements that are all alike. */
import { dueMetrics, NEW_ANALYSIS, reconcileAnalysis } from '../../oracle/analysis-machine.ts';
import { type AnalysisMetric, type AnalysisPhase, isCompleted, wholeNumber } from '../../oracle/analysis-types.ts';
import { problemOfMetric } from '../../oracle/analysis-validation.ts';
import { argoFeatures } from '../../oracle/argo-version.ts';
import { effectiveCount } from '../../oracle/metric-verdict.ts';
import { type Finding, findingAt, nameOf } from '../manifest-set.ts';
import { metricFindingAt, type TemplateMetric } from './analysis-templates.ts';
import { isDryRunOnly } from './dry-run.ts';

/** No metric that ends at all takes more reconciliations; above this a count is not tried out. */
const MOST_MEASUREMENTS = 2000;

/** ANALYSIS_CANNOT_FAIL, ANALYSIS_CANNOT_SUCCEED, ANALYSIS_STEP_ENDLESS. */
export function metricMachineFindings(metric: TemplateMetric): readonly Finding[] {
  const judged = metric.variants.filter((variant) => problemOfMetric(variant, argoFeatures()) === undefined);
  const [variant] = judged;
  if (!variant) return [];
  const hasCondition = [variant.successCondition, variant.failureCondition].some((text) => (text ?? '') !== '');
  return [
    ...(hasCondition && judged.every((one) => phaseAfter(one, 'Failed') === 'Successful')
      ? cannotFail(metric, variant)
      : []),
    ...(judged.every((one) => isCompletedBadly(phaseAfter(one, 'Successful'))) ? cannotSucceed(metric, variant) : []),
    ...endlessSteps(metric),
  ];
}

function cannotFail(metric: TemplateMetric, variant: AnalysisMetric): readonly Finding[] {
  if (isDryRunOnly(metric)) return [];
  const count = effectiveCount(variant)!;
  const limit = wholeNumber(variant.failureLimit) ?? 0;
  return [
    metricFindingAt(metric, [...metric.path, 'failureLimit'], {
      code: 'ANALYSIS_CANNOT_FAIL',
      severity: 'error',
      sentence: `${metric.title} cannot fail: failureLimit ${limit} needs ${limit + 1} failed measurements, and only ${count} ${count === 1 ? 'is' : 'are'} taken`,
      hint: `With ${count} failures of ${count} it is still Successful. Set failureLimit below ${count}; for a metric that only records, use dryRun.`,
    }),
  ];
}

function cannotSucceed(metric: TemplateMetric, variant: AnalysisMetric): readonly Finding[] {
  return [
    metricFindingAt(metric, metric.path, {
      code: 'ANALYSIS_CANNOT_SUCCEED',
      severity: 'error',
      sentence: `${metric.title} cannot succeed: with ${effectiveCount(variant)} good measurements of ${effectiveCount(variant)} it is ${phaseAfter(variant, 'Successful')}`,
      hint: 'consecutiveSuccessLimit must not be above count.',
    }),
  ];
}

/** Undefined while it goes on for ever. */
function phaseAfter(metric: AnalysisMetric, phase: AnalysisPhase): AnalysisPhase | undefined {
  const count = effectiveCount(metric);
  if (count === undefined || count > MOST_MEASUREMENTS) return undefined;
  const alone: AnalysisMetric = { ...metric, initialDelay: '', interval: metric.interval ? '10s' : '' };
  const spec = { metrics: [alone] };
  let state = NEW_ANALYSIS;
  for (let nowMs = 0, round = 0; round <= count + 1 && !isCompleted(state.phase); nowMs += 20_000, round += 1) {
    const measured = Object.fromEntries(
      dueMetrics(spec, state, nowMs).map((name) => [name, { phase, finishedMs: nowMs }]),
    );
    state = reconcileAnalysis(spec, state, measured, nowMs, argoFeatures()).state;
  }
  return isCompleted(state.phase) ? state.phase : undefined;
}

function isCompletedBadly(phase: AnalysisPhase | undefined): boolean {
  return phase !== undefined && phase !== 'Successful';
}

/** Argo refuses an interval without a count wherever the rollout waits for the end of the run. */
function endlessSteps(metric: TemplateMetric): readonly Finding[] {
  const isEndless = metric.variants.every((variant) => effectiveCount(variant) === undefined);
  const waiting = metric.uses.find(({ kind }) => kind === 'step' || kind === 'promotion');
  if (!isEndless || !waiting) return [];
  return [
    findingAt(waiting.owner, waiting.path, {
      code: 'ANALYSIS_STEP_ENDLESS',
      severity: 'warning',
      sentence: `${nameOf(waiting.owner)} waits here for ${metric.title}, which has an interval but no count and so never ends`,
      hint: 'Argo Rollouts refuses such a step ("runs indefinitely"), and the Rollout becomes Degraded with InvalidSpec. Give the metric a count, or run it in the background (spec.strategy.canary.analysis).',
    }),
  ];
}
