/** Steps that are over before their analysis has measured enough to fail. */
import { type AnalysisMetric, wholeNumber } from '../../oracle/analysis-types.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { asList, asRecord, type Finding, findingAt, type ManifestObject, nameOf } from '../manifest-set.ts';
import { CANARY, canaryOf } from '../rollouts/rollout-objects.ts';
import type { TemplateMetric } from './analysis-templates.ts';
import type { AnalysisUse } from './analysis-uses.ts';

/**
 * ANALYSIS_STEPS_TOO_SHORT, ANALYSIS_STEP_UNMEASURED, ANALYSIS_OVER_BEFORE_STEPS: of analyses in the background, which end
 * with the last step or with their last measurement.
 */
export function stepTimingFindings(metrics: readonly TemplateMetric[]): readonly Finding[] {
  const findings = metrics.flatMap((metric) =>
    metric.uses
      .filter(({ kind }) => kind === 'background')
      .flatMap((use) => {
        const run = metric.runs.find((one) => one.use === use);
        const variant = run?.metric ?? (metric.isGuessed ? undefined : metric.variants[0]);
        return variant ? findingsOf(metric, use, variant) : [];
      }),
  );
  const seen = new Set<string>();
  return findings.filter(({ code, where }) => {
    const key = `${code} ${where}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

interface HeldWeight {
  readonly weight: number;
  /** Undefined: until a human goes on, or an analysis or experiment ends. */
  readonly heldMs: number | undefined;
  readonly index: number;
  /** A step of its own analyses this weight. */
  readonly isAnalysed: boolean;
}

function findingsOf(metric: TemplateMetric, use: AnalysisUse, variant: AnalysisMetric): readonly Finding[] {
  const held = heldWeights(use.owner).filter(({ index }) => index >= use.step - 1);
  const intervalMs = variant.interval ? parseGoDuration(variant.interval) : undefined;
  const delayMs = variant.initialDelay ? parseGoDuration(variant.initialDelay) : 0;
  if (held.length === 0 || delayMs === undefined) return [];
  const isBounded = held.every(({ heldMs }) => heldMs !== undefined);
  const totalMs = held.reduce((sum, { heldMs }) => sum + (heldMs ?? 0), 0);
  if (isBounded) {
    const possible = totalMs < delayMs ? 0 : intervalMs ? Math.floor((totalMs - delayMs) / intervalMs) + 1 : 1;
    const limit = Math.max(0, wholeNumber(variant.failureLimit) ?? 0);
    if (possible <= limit)
      return [
        findingAt(use.owner, use.path, {
          code: 'ANALYSIS_STEPS_TOO_SHORT',
          severity: 'warning',
          sentence: `${nameOf(use.owner)}: its steps take ${seconds(totalMs)}, in which ${metric.title} is measured ${times(possible)}, but ${limit + 1} failed ${limit === 0 ? 'measurement is' : 'measurements are'} needed to abort`,
          hint: `initialDelay ${variant.initialDelay ?? '0s'}, interval ${variant.interval ?? 'none'}, failureLimit ${limit}: hold the steps longer, or measure sooner and more often.`,
        }),
      ];
  }
  const unwatched = overBefore({ metric, use, variant }, held, { intervalMs, delayMs });
  if (unwatched.length > 0) return unwatched;
  const unmeasured = held.find(
    ({ heldMs, weight }) => heldMs !== undefined && heldMs > 0 && weight < 100 && intervalMs && heldMs < intervalMs,
  );
  if (!unmeasured) return [];
  return [
    findingAt(use.owner, [...CANARY, 'steps', unmeasured.index], {
      code: 'ANALYSIS_STEP_UNMEASURED',
      severity: 'info',
      sentence: `${nameOf(use.owner)} holds ${unmeasured.weight} % for ${seconds(unmeasured.heldMs!)}, but ${metric.title} is measured every ${variant.interval}, so this weight may pass without a measurement`,
      hint: 'Hold each weight for longer than the interval.',
    }),
  ];
}

/** Argo Rollouts starts no second run after one that has ended well (needsNewAnalysisRun). */
function overBefore(
  {
    metric,
    use,
    variant,
  }: { readonly metric: TemplateMetric; readonly use: AnalysisUse; readonly variant: AnalysisMetric },
  held: readonly HeldWeight[],
  { intervalMs, delayMs }: { readonly intervalMs: number | undefined; readonly delayMs: number },
): readonly Finding[] {
  const count = wholeNumber(variant.count) ?? (variant.interval === undefined ? 1 : undefined);
  if (count === undefined || count < 1) return [];
  const endMs = delayMs + (count - 1) * (intervalMs ?? 0);
  let startMs = 0;
  const late: number[] = [];
  for (const { weight, heldMs, isAnalysed } of held) {
    if (startMs > endMs && weight > 0 && weight < 100 && heldMs !== 0 && !isAnalysed) late.push(weight);
    startMs += heldMs ?? Number.POSITIVE_INFINITY;
  }
  if (late.length === 0) return [];
  return [
    findingAt(use.owner, use.path, {
      code: 'ANALYSIS_OVER_BEFORE_STEPS',
      severity: 'warning',
      sentence: `${nameOf(use.owner)}: ${metric.title} is measured ${times(count)}${count === 1 ? '' : ` and is over ${seconds(endMs)} after it began`}, so ${late.join(', ')} % ${late.length === 1 ? 'is' : 'are'} held without a measurement`,
      hint: 'An analysis in the background without count measures until the last step; one that has ended well is not started again.',
    }),
  ];
}

function seconds(lengthMs: number): string {
  return `${lengthMs / 1000} s`;
}

function times(count: number): string {
  if (count === 0) return 'never';
  return count === 1 ? 'once' : `${count} times`;
}

function heldWeights(rollout: ManifestObject): readonly HeldWeight[] {
  const held: HeldWeight[] = [];
  for (const [index, entry] of asList(canaryOf(rollout)?.steps).entries()) {
    const step = asRecord(entry);
    if (typeof step?.setWeight === 'number') held.push({ weight: step.setWeight, heldMs: 0, index, isAnalysed: false });
    const last = held.at(-1);
    if (!last) continue;
    const own = heldBy(step);
    held[held.length - 1] = {
      ...last,
      isAnalysed: last.isAnalysed || step?.analysis !== undefined,
      heldMs: last.heldMs === undefined || own === undefined ? undefined : last.heldMs + own,
    };
  }
  return held;
}

function heldBy(step: Readonly<Record<string, unknown>> | undefined): number | undefined {
  if (step?.analysis !== undefined || step?.experiment !== undefined || step?.plugin !== undefined) return undefined;
  if (!step || !('pause' in step)) return 0;
  const duration = asRecord(step.pause)?.duration;
  if (typeof duration === 'number') return duration * 1000;
  if (typeof duration !== 'string') return undefined;
  return /^\d+$/.test(duration) ? Number(duration) * 1000 : parseGoDuration(duration);
}
