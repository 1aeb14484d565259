/** The weights of a Rollout's steps, and how long each is held, as far as Git says. */
import { type AnalysisMetric, wholeNumber } from '../../oracle/analysis-types.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { templateMetrics } from '../analysis/analysis-templates.ts';
import { asList, asRecord, type ManifestFile, parseManifestSet } from '../manifest-set.ts';
import { canaryOf, rollouts } from './rollout-objects.ts';

export interface DeclaredStep {
  /** 0 to 1. */
  readonly share: number;
  /** Undefined: until a human goes on, or until an analysis that names no count ends. */
  readonly heldMs: number | undefined;
}

export interface DeclaredSteps {
  readonly rollout: string;
  readonly namespace: string;
  readonly steps: readonly DeclaredStep[];
}

/** One entry for every Rollout with weights, in the order of the files. Durations of analyses are the least they take. */
export function readDeclaredSteps(files: readonly ManifestFile[], namespace = ''): readonly DeclaredSteps[] {
  const set = parseManifestSet(files, namespace);
  const metrics = templateMetrics(set);
  const lengthOf = (analysis: unknown): number | undefined => {
    const names = asList(asRecord(analysis)?.templates).map((entry) => asRecord(entry)?.templateName);
    const lengths = metrics
      .filter(({ template }) => names.includes(template.name))
      .map(({ variants }) => leastLengthMs(variants[0]!));
    return lengths.includes(undefined) ? undefined : Math.max(0, ...lengths.map((one) => one ?? 0));
  };
  return rollouts(set).flatMap((rollout): DeclaredSteps[] => {
    const steps: DeclaredStep[] = [];
    for (const entry of asList(canaryOf(rollout)?.steps)) {
      const step = asRecord(entry);
      if (typeof step?.setWeight === 'number') steps.push({ share: step.setWeight / 100, heldMs: 0 });
      const current = steps.at(-1);
      const held =
        step?.pause !== undefined
          ? pauseMs(asRecord(step.pause))
          : step?.analysis !== undefined
            ? lengthOf(step.analysis)
            : 0;
      if (current)
        steps[steps.length - 1] = {
          ...current,
          heldMs: current.heldMs === undefined || held === undefined ? undefined : current.heldMs + held,
        };
    }
    return steps.length === 0 ? [] : [{ rollout: rollout.name, namespace: rollout.namespace, steps }];
  });
}

/** A number of seconds, or a Go duration. */
function pauseMs(pause: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const duration = pause?.duration;
  if (typeof duration === 'number') return duration * 1000;
  if (typeof duration !== 'string') return undefined;
  return /^\d+$/.test(duration) ? Number(duration) * 1000 : parseGoDuration(duration);
}

/** From the start of an analysis to its last measurement, when every measurement is taken on time. */
function leastLengthMs(metric: AnalysisMetric): number | undefined {
  const delayMs = metric.initialDelay ? (parseGoDuration(metric.initialDelay) ?? 0) : 0;
  const count = wholeNumber(metric.count) ?? 0;
  if (!metric.interval) return delayMs;
  return count === 0 ? undefined : delayMs + (count - 1) * (parseGoDuration(metric.interval) ?? 0);
}
