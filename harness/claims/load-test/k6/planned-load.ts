/** How much load k6's options ask for. Formulas: k6 2.2.0, lib/executor. Pure. */
import { parseGoDuration } from '../../../oracle/go-duration.ts';

/** One scenario as k6 consolidates it (`exec.test.options.scenarios`); durations as Go writes them, such as `1m30s`. */
type ScenarioOptions = Readonly<Record<string, unknown>> & { readonly executor: string };

export interface PlannedLoad {
  /** Iterations that k6 is to start; undefined where that follows from how fast they are answered. */
  readonly iterations: number | undefined;
  /** From the first start to the end of the last scenario, without the time for last answers; 0 where nothing says it. */
  readonly lastsMs: number;
}

export function plannedLoad(scenarios: Readonly<Record<string, ScenarioOptions>>): PlannedLoad {
  const plans = Object.values(scenarios).map(planOf);
  return {
    iterations: plans.reduce<number | undefined>(
      (sum, { iterations }) => (sum === undefined || iterations === undefined ? undefined : sum + iterations),
      0,
    ),
    lastsMs: Math.max(0, ...plans.map(({ lastsMs }) => lastsMs)),
  };
}

function planOf(scenario: ScenarioOptions): PlannedLoad {
  const startMs = msOf(scenario.startTime);
  const vus = numberOf(scenario.vus, 1);
  switch (scenario.executor) {
    case 'constant-arrival-rate': {
      const lastsMs = msOf(scenario.duration);
      return { iterations: (numberOf(scenario.rate, 0) * lastsMs) / unitMs(scenario), lastsMs: startMs + lastsMs };
    }
    case 'ramping-arrival-rate': {
      let from = numberOf(scenario.startRate, 0);
      let area = 0;
      let lastsMs = 0;
      for (const { target, durationMs } of stagesOf(scenario)) {
        area += ((from + target) / 2) * durationMs;
        lastsMs += durationMs;
        from = target;
      }
      return { iterations: area / unitMs(scenario), lastsMs: startMs + lastsMs };
    }
    case 'shared-iterations':
      return { iterations: numberOf(scenario.iterations, 1), lastsMs: 0 };
    case 'per-vu-iterations':
      return { iterations: vus * numberOf(scenario.iterations, 1), lastsMs: 0 };
    case 'ramping-vus':
      return {
        iterations: undefined,
        lastsMs: startMs + stagesOf(scenario).reduce((sum, { durationMs }) => sum + durationMs, 0),
      };
    default:
      return { iterations: undefined, lastsMs: startMs + msOf(scenario.duration) };
  }
}

function stagesOf({ stages }: ScenarioOptions) {
  return (Array.isArray(stages) ? stages : []).map(
    (stage: { readonly target?: unknown; readonly duration?: unknown }) => ({
      target: numberOf(stage.target, 0),
      durationMs: msOf(stage.duration),
    }),
  );
}

/** k6 takes one second where nothing is said. */
const unitMs = ({ timeUnit }: ScenarioOptions): number => msOf(timeUnit) || 1_000;
const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const msOf = (value: unknown): number => (typeof value === 'string' ? (parseGoDuration(value) ?? 0) : 0);
