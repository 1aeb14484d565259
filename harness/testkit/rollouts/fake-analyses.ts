/** AnalysisRuns in memory: measured from the samples that were scraped, by the oracle's own reading of query and limit. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { type AnalysisState, dueMetrics, NEW_ANALYSIS, reconcileAnalysis } from '../../oracle/analysis-machine.ts';
import { type AnalysisMeasurement, type AnalysisRunSpec, isCompleted } from '../../oracle/analysis-types.ts';
import { argoFeatures } from '../../oracle/argo-version.ts';
import { formatResult, measurementPhase } from '../../oracle/measurement-phase.ts';
import { resolveArguments } from '../../oracle/resolve-arguments.ts';
import { askedMetrics } from '../../rollouts/analysis-query.ts';
import { type AnalysisStep, readCanary } from '../../rollouts/rollout-object.ts';
import type { FakeMetrics } from './fake-metrics.ts';
import type { RolloutsCluster } from './fake-rollouts-cluster.ts';

export interface AnalysisFaults {
  /** The values that are written down for those that were measured. */
  measures?: (values: readonly number[]) => readonly number[];
}

interface Run {
  readonly object: KubeObject;
  spec: AnalysisRunSpec;
  state: AnalysisState;
  /** The spec with which it came to rest: until something is measured or the spec is another one, nothing changes. */
  restsWith?: AnalysisRunSpec | undefined;
  readonly measurements: Map<string, AnalysisMeasurement[]>;
}

export interface FakeAnalyses {
  act(nowMs: number): void;
  /** @returns by what the others know the run */
  start(name: string, rollout: KubeObject, of: 'step' | 'background', stepIndex: number, nowMs: number): string;
  end(key: string | undefined): void;
  phase(key: string | undefined): AnalysisState['phase'];
  /** Why those that went wrong did. */
  reason(keys: readonly string[]): string;
}

const FEATURES = argoFeatures();
const stamp = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toISOString();

export function createFakeAnalyses(
  cluster: RolloutsCluster,
  metrics: FakeMetrics,
  faults: AnalysisFaults,
): FakeAnalyses {
  const runs = new Map<string, Run>();

  function measure(run: Run, name: string, nowMs: number) {
    const metric = resolveArguments(run.spec.metrics.find((one) => one.name === name)!, run.spec.args);
    const measured = metrics.evaluate(metric.provider.prometheus?.query ?? '', nowMs);
    const result = faults.measures?.(measured) ?? measured;
    const { phase } = measurementPhase(metric, result);
    const value = formatResult(result);
    const taken = run.measurements.get(name) ?? [];
    run.measurements.set(name, [...taken, { phase, value, startedAt: stamp(nowMs), finishedAt: stamp(nowMs) }]);
    return { phase, finishedMs: nowMs };
  }

  function reconcile(run: Run, nowMs: number): void {
    const due = dueMetrics(run.spec, run.state, nowMs);
    // asked at every tick
    if (due.length === 0 && run.restsWith === run.spec) return;
    const before = JSON.stringify(run.state);
    const measured = Object.fromEntries(due.map((name) => [name, measure(run, name, nowMs)]));
    ({ state: run.state } = reconcileAnalysis(run.spec, run.state, measured, nowMs, FEATURES));
    const metricResults = Object.entries(run.state.metrics).map(([name, { phase, counters }]) => {
      const metric = resolveArguments(run.spec.metrics.find((one) => one.name === name)!, run.spec.args);
      return {
        ...{ name, phase, ...counters, measurements: run.measurements.get(name) ?? [] },
        metadata: { ResolvedPrometheusQuery: metric.provider.prometheus?.query ?? '' },
      };
    });
    const { phase, reason: message } = run.state;
    run.restsWith = due.length === 0 && JSON.stringify(run.state) === before ? run.spec : undefined;
    cluster.write('analysisruns', { ...run.object, spec: { ...run.spec }, status: { phase, message, metricResults } });
  }

  return {
    act(nowMs) {
      for (const run of runs.values()) if (!isCompleted(run.state.phase)) reconcile(run, nowMs);
    },
    start(name, rollout, of, stepIndex, nowMs) {
      const { namespace = '', uid = '' } = rollout.metadata;
      const declared = readCanary(rollout);
      const step = of === 'step' ? declared.steps[stepIndex]?.analysis : declared.background;
      const ownerReferences = [{ kind: 'Rollout', name: rollout.metadata.name, uid }];
      const run: Run = {
        object: { metadata: { name, namespace, ownerReferences } },
        spec: specOf(step, rollout, cluster),
        state: NEW_ANALYSIS,
        measurements: new Map(),
      };
      // names repeat from one copy of an application to the next
      const key = `${namespace}/${name}`;
      runs.set(key, run);
      reconcile(run, nowMs);
      return key;
    },
    end(key) {
      const run = runs.get(key ?? '');
      if (run) run.spec = { ...run.spec, terminate: true };
    },
    phase: (key) => runs.get(key ?? '')?.state.phase,
    reason: (keys) => keys.flatMap((key) => runs.get(key)?.state.reason || []).join('; '),
  };
}

/** The templates of a step with every argument filled in. */
function specOf(step: AnalysisStep | undefined, rollout: KubeObject, cluster: RolloutsCluster): AnalysisRunSpec {
  const { namespace } = rollout.metadata;
  const templates = cluster.all('analysistemplates').filter(({ metadata }) => metadata.namespace === namespace);
  const asked = step ? askedMetrics(step, templates, rollout) : [];
  const declared = templates.flatMap(({ spec }) => (spec as unknown as AnalysisRunSpec).metrics);
  return {
    args: [],
    metrics: asked.map(({ name, query, successCondition, failureCondition }) => ({
      ...declared.find((metric) => metric.name === name)!,
      ...(successCondition === undefined ? {} : { successCondition }),
      ...(failureCondition === undefined ? {} : { failureCondition }),
      provider: { prometheus: { query } },
    })),
  };
}
