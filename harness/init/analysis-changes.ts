/** Analyses as the run's Prometheus can answer them; what nobody here can answer is taken out and said. Pure. */
import { pointerTo, valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { type Change, changesOf, dropOf, type Edit } from './change.ts';
import { isOfTheMesh } from './rollback-limits.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

const PROMETHEUS = 'http://prometheus.monitoring.svc.cluster.local:9090';
const CANARY = '/spec/strategy/canary';

export function analysisChanges(facts: UnitFacts): readonly Change[] {
  const templates = ['AnalysisTemplate', 'ClusterAnalysisTemplate'].flatMap((kind) =>
    ofKind(facts, kind, 'argoproj.io'),
  );
  const read = templates.map((template) => ({ template, metrics: metricsOf(template) }));
  const empty = read.filter(({ metrics }) => metrics.length > 0 && metrics.every(({ why }) => why !== undefined));
  const gone = new Set(empty.map(({ template }) => template.name));
  return [
    ...read.flatMap(({ template, metrics }) =>
      gone.has(template.name)
        ? [dropOf(template, facts, `nothing of it can be measured here: ${metrics.map(({ why }) => why).join('; ')}`)]
        : changesOf(template, facts, metrics.flatMap(metricEdits)),
    ),
    ...ofKind(facts, 'Rollout', 'argoproj.io').flatMap((rollout) => changesOf(rollout, facts, useEdits(rollout, gone))),
  ];
}

interface Metric {
  readonly pointer: string;
  readonly prometheus: Readonly<Record<string, unknown>> | undefined;
  /** Why nobody here can measure it; undefined: it is measured. */
  readonly why: string | undefined;
}

function metricsOf(template: ManifestObject): readonly Metric[] {
  return asList(valueAt(template.value, '/spec/metrics')).map((entry, index): Metric => {
    const metric = asRecord(entry) ?? {};
    const provider = asRecord(metric.provider) ?? {};
    const prometheus = asRecord(provider.prometheus);
    const name = String(metric.name);
    const why = prometheus
      ? isOfTheMesh(String(prometheus.query))
        ? undefined
        : `${name} reads an application's own metrics, which the stand-in does not have`
      : `${name} asks ${Object.keys(provider)[0] ?? 'nobody'}, which a run does not reach`;
    return { pointer: pointerTo('spec', 'metrics', index), prometheus, why };
  });
}

function metricEdits({ pointer, prometheus, why }: Metric): Edit[] {
  if (why !== undefined) return [{ reason: why, remove: [pointer] }];
  const own = ['authentication', 'headers', 'insecure'].filter((key) => prometheus?.[key] !== undefined);
  if (prometheus?.address === PROMETHEUS && own.length === 0) return [];
  return [
    {
      reason: `Prometheus of the run is not at ${String(prometheus?.address ?? 'the address of the controller')}`,
      set: { [`${pointer}/provider/prometheus/address`]: PROMETHEUS },
      remove: own.map((key) => `${pointer}/provider/prometheus/${key}`),
    },
  ];
}

/** Uses of templates that are gone; an analysis without any template goes as a whole. */
function useEdits(rollout: ManifestObject, gone: ReadonlySet<string>): Edit[] {
  const reason = 'nothing of its templates can be measured here';
  const edit = (pointer: string, whole: string): Edit[] => {
    const templates = asList(valueAt(rollout.value, `${pointer}/templates`)).map((one) => asRecord(one)?.templateName);
    const kept = templates.filter((name) => !gone.has(String(name)));
    if (templates.length === 0 || kept.length === templates.length) return [];
    if (kept.length === 0) return [{ reason, remove: [whole] }];
    return [{ reason, set: { [`${pointer}/templates`]: kept.map((templateName) => ({ templateName })) } }];
  };
  return [
    ...edit(`${CANARY}/analysis`, `${CANARY}/analysis`),
    ...asList(valueAt(rollout.value, `${CANARY}/steps`)).flatMap((_, index) =>
      edit(`${CANARY}/steps/${index}/analysis`, `${CANARY}/steps/${index}`),
    ),
  ];
}
