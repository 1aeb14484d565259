/** Analyses as the run's Prometheus can answer them; what nobody here can answer is taken out and said. Pure. */
import { pointerTo, valueAt, withValueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../../lint/manifest-set.ts';
import { whyUnmeasured } from '../claims/measured-query.ts';
import type { Unprovable } from '../subjects.ts';
import { isReachable } from '../surroundings.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, dropOf, type Edit } from './change.ts';
import { timingEdits } from './step-changes.ts';

const PROMETHEUS = 'http://prometheus.monitoring.svc.cluster.local:9090';
const CANARY = '/spec/strategy/canary';

/** @param real keeps when and over which windows is measured */
export function analysisChanges(facts: UnitFacts, real: boolean): readonly Change[] {
  const used = namesOfUsed(facts);
  const templates = ['AnalysisTemplate', 'ClusterAnalysisTemplate']
    .flatMap((kind) => ofKind(facts, kind, 'argoproj.io'))
    .filter(({ name }) => used.has(name));
  const read = templates.map((template) => ({ template, metrics: metricsOf(template) }));
  const empty = read.filter(({ metrics }) => metrics.length > 0 && metrics.every(({ why }) => why !== undefined));
  const gone = new Set(empty.map(({ template }) => template.name));
  return [
    ...read.flatMap(({ template, metrics }) =>
      gone.has(template.name)
        ? [dropOf(template, facts, `nothing of it can be measured here: ${metrics.map(({ why }) => why).join('; ')}`)]
        : changesOf(template, facts, templateEdits(template, metrics, facts, real)),
    ),
    ...ofKind(facts, 'Rollout', 'argoproj.io').flatMap((rollout) => changesOf(rollout, facts, useEdits(rollout, gone))),
  ];
}

/** Templates of the unit that no object of it runs. */
export function unusedTemplates(facts: UnitFacts): readonly Unprovable[] {
  const used = namesOfUsed(facts);
  return ['AnalysisTemplate', 'ClusterAnalysisTemplate']
    .flatMap((kind) => ofKind(facts, kind, 'argoproj.io'))
    .filter(({ name }) => !used.has(name))
    .map((template) => ({ what: nameOf(template), why: 'nothing in the unit runs it' }));
}

/** What nobody runs may say what it likes. */
function namesOfUsed({ objects }: UnitFacts): ReadonlySet<string> {
  const own = objects.filter(({ group }) => group === 'argoproj.io').map(({ value }) => JSON.stringify(value));
  return new Set(own.flatMap((text) => [...text.matchAll(/"templateName":"([^"]+)"/g)].map(([, name]) => name!)));
}

/** What is set comes first, because removals move what stands behind them. */
function templateEdits(
  template: ManifestObject,
  metrics: readonly Metric[],
  facts: UnitFacts,
  real: boolean,
): readonly Edit[] {
  const isAwaited = ofKind(facts, 'Rollout', 'argoproj.io').some(({ value }) =>
    asList(valueAt(value, `${CANARY}/steps`)).some((step) =>
      asList(valueAt(step, '/analysis/templates')).some((one) => asRecord(one)?.templateName === template.name),
    ),
  );
  const kept = metrics.filter(({ why }) => why === undefined);
  const removed = metrics.flatMap(({ why, pointer }): Edit[] =>
    why === undefined ? [] : [{ reason: why, remove: [pointer] }],
  );
  return [
    ...kept.flatMap((metric) => [...metricEdits(metric, facts), ...(real ? [] : shortEdits(metric, isAwaited))]),
    ...(removed.length > 0 ? rulesOfNobody(template, kept) : []),
    ...removed.toReversed(),
  ];
}

/** A rule that names no metric is an Error of the whole analysis. */
function rulesOfNobody(template: ManifestObject, kept: readonly Metric[]): Edit[] {
  const remove = ['dryRun', 'measurementRetention'].flatMap((list) =>
    asList(valueAt(template.value, `/spec/${list}`)).flatMap((rule, index) => {
      const name = String(asRecord(rule)?.metricName);
      // patterns of strangers are not run here: a plain name is one of a metric, anything else stays
      const isOfNobody = /^[\w-]+$/.test(name) && kept.every((metric) => metric.name !== name);
      return isOfNobody ? [`/spec/${list}/${index}`] : [];
    }),
  );
  return remove.length > 0 ? [{ reason: 'it is about a metric that is taken out', remove }] : [];
}

/** Windows in which a run with short pauses can see a change. */
function shortEdits({ value, pointer, prometheus }: Metric, isAwaited: boolean): Edit[] {
  const query = String(prometheus?.query);
  const short = shortWindows(query);
  return [
    ...timingEdits(value, pointer, isAwaited),
    ...(short === query
      ? []
      : [
          {
            reason: 'its query looks back 30 s, as pauses are shorter (--pauses real keeps it)',
            set: { [`${pointer}/provider/prometheus/query`]: short },
          },
        ]),
  ];
}

const LONGEST_WINDOW_SECONDS = 30;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Ranges of a query, none longer than 30 s; those that an argument gives stay. */
function shortWindows(query: string): string {
  return query.replaceAll(/\[(\d+)([smhd])\]/g, (range, figure: string, unit: string) =>
    Number(figure) * SECONDS[unit]! > LONGEST_WINDOW_SECONDS ? `[${LONGEST_WINDOW_SECONDS}s]` : range,
  );
}

/** Templates as they are measured in a run with short pauses: what their limits are held against. */
export function withShortWindows(object: ManifestObject): ManifestObject {
  if (!/^(Cluster)?AnalysisTemplate$/.test(object.kind)) return object;
  const value = asList(valueAt(object.value, '/spec/metrics')).reduce<unknown>((current, _, index) => {
    const pointer = pointerTo('spec', 'metrics', index, 'provider', 'prometheus', 'query');
    const query = valueAt(current, pointer);
    return typeof query === 'string' ? (withValueAt(current, pointer, shortWindows(query)) ?? current) : current;
  }, object.value);
  return { ...object, value: value as ManifestObject['value'] };
}

interface Metric {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
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
    const unmeasured = prometheus
      ? whyUnmeasured(String(prometheus.query))
      : `it asks ${Object.keys(provider)[0] ?? 'nobody'}, which a run does not reach`;
    const why = unmeasured === undefined ? undefined : `${name}: ${unmeasured}`;
    return { name, value: metric, pointer: pointerTo('spec', 'metrics', index), prometheus, why };
  });
}

function metricEdits({ pointer, prometheus }: Metric, facts: UnitFacts): Edit[] {
  const own = ['authentication', 'headers', 'insecure'].filter((key) => prometheus?.[key] !== undefined);
  if (isReachable(prometheus?.address, facts) && own.length === 0) return [];
  // an address may hold a password
  const address = String(prometheus?.address ?? 'the address of the controller').replace(/\/\/[^@/\s]+@/, '//');
  return [
    {
      reason: `Prometheus of the run is not at ${address}`,
      set: { [`${pointer}/provider/prometheus/address`]: PROMETHEUS },
      remove: own.map((key) => `${pointer}/provider/prometheus/${key}`),
    },
  ];
}

/** Uses of templates that are gone; an analysis without any template goes as a whole. */
function useEdits(rollout: ManifestObject, gone: ReadonlySet<string>): Edit[] {
  const reason = 'nothing of its templates can be measured here';
  const edit = (pointer: string, whole: string): Edit[] => {
    const templates = asList(valueAt(rollout.value, `${pointer}/templates`));
    const kept = templates.filter((one) => !gone.has(String(asRecord(one)?.templateName)));
    if (templates.length === 0 || kept.length === templates.length) return [];
    if (kept.length === 0) return [{ reason, remove: [whole] }];
    return [{ reason, set: { [`${pointer}/templates`]: kept } }];
  };
  return [
    ...edit(`${CANARY}/analysis`, `${CANARY}/analysis`),
    ...asList(valueAt(rollout.value, `${CANARY}/steps`)).flatMap((_, index) =>
      edit(`${CANARY}/steps/${index}/analysis`, `${CANARY}/steps/${index}`),
    ),
  ];
}
