/** The canary strategy of a Rollout (argoproj.io/v1alpha1) as the step machine reads it. */
import { usageError } from '../errors/harness-error.ts';
import { parseGoDuration } from './go-duration.ts';

export type PlanStep =
  | { readonly kind: 'setWeight'; readonly weight: number }
  /** Without a duration: until somebody goes on. */
  | { readonly kind: 'pause'; readonly durationMs: number | undefined }
  | { readonly kind: 'analysis' }
  /** Done as soon as the canary has the replicas that the weight or the step asks for. */
  | { readonly kind: 'setCanaryScale' };

export interface RolloutPlan {
  readonly steps: readonly PlanStep[];
  /** Index of the step from which the background analysis runs; undefined: there is none. */
  readonly backgroundFrom: number | undefined;
}

interface RolloutObject {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly strategy?: { readonly canary?: CanaryStrategy } };
}

interface CanaryStrategy {
  readonly steps?: readonly Readonly<Record<string, unknown>>[];
  readonly analysis?: { readonly templates?: readonly unknown[]; readonly startingStep?: number };
  readonly dynamicStableScale?: boolean;
  readonly trafficRouting?: Readonly<Record<string, unknown>>;
}

/**
 * @throws HarnessError ROLLOUT_UNSUPPORTED for what the step machine does not know: blue-green, experiments, plugins,
 * header and mirror routes, dynamicStableScale, and splits by pod count
 */
export function readRolloutPlan(rollout: RolloutObject): RolloutPlan {
  const name = rollout.metadata?.name ?? 'the Rollout';
  const canary = rollout.spec?.strategy?.canary;
  const refuse = (what: string) =>
    usageError('ROLLOUT_UNSUPPORTED', `the step machine does not know ${what} (${name})`, {
      hint: 'It knows canaries with traffic routing: setWeight, pause, analysis, setCanaryScale.',
    });
  if (!canary) throw refuse('strategies other than canary');
  if (canary.dynamicStableScale) throw refuse('dynamicStableScale');
  if (!canary.trafficRouting) throw refuse('a canary without traffic routing');
  if ((canary.trafficRouting.maxTrafficWeight ?? 100) !== 100) throw refuse('a maxTrafficWeight other than 100');
  const { analysis } = canary;
  const endOf = (pause: { readonly duration?: number | string }) => {
    const durationMs = pauseMs(pause);
    if (pause.duration !== undefined && !(durationMs !== undefined && durationMs >= 0))
      throw refuse(`a pause of ${JSON.stringify(pause.duration)}: Argo wants seconds or a duration such as 5m`);
    return durationMs;
  };
  return {
    steps: (canary.steps ?? []).map((step): PlanStep => {
      if (typeof step.setWeight === 'number') {
        if (!(step.setWeight >= 0 && step.setWeight <= 100)) throw refuse(`a weight of ${step.setWeight}`);
        return { kind: 'setWeight', weight: step.setWeight };
      }
      // `- pause:` alone is null, which the API server drops: a step of nothing, which Argo refuses
      if (step.pause != null)
        return { kind: 'pause', durationMs: endOf(step.pause as { readonly duration?: number | string }) };
      if (step.analysis !== undefined) return { kind: 'analysis' };
      if (step.setCanaryScale !== undefined) return { kind: 'setCanaryScale' };
      throw refuse(`the step ${Object.keys(step).join(', ')}`);
    }),
    backgroundFrom: analysis?.templates && analysis.templates.length > 0 ? (analysis.startingStep ?? 0) : undefined,
  };
}

/** Seconds, as a number or a text, or a Go duration; undefined: until somebody goes on. */
export function pauseMs({ duration }: { readonly duration?: number | string }): number | undefined {
  if (duration === undefined || typeof duration === 'number')
    return duration === undefined ? undefined : duration * 1000;
  return /^\d+$/.test(duration) ? Number(duration) * 1000 : parseGoDuration(duration);
}
