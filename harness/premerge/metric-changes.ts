/** What a change does to the metrics of AnalysisTemplates: above all, whether they can still fail. */
import { asList, asRecord, nameOf } from '../lint/manifest-set.ts';
import { wholeNumber } from '../oracle/analysis-types.ts';
import type { Pair, ToldChange } from './told-change.ts';

type Metric = Readonly<Record<string, unknown>>;
const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate'];

export function metricChanges(pairs: readonly Pair[]): readonly ToldChange[] {
  return pairs
    .filter(({ after }) => KINDS.includes(after.kind))
    .flatMap((pair) => sentencesOf(pair).map((sentence) => ({ sentence, pairs: [pair] })));
}

function sentencesOf({ before, after }: Pair): readonly string[] {
  const old = metricsOf(before);
  const now = metricsOf(after);
  const place = `of ${nameOf(after)}`;
  const removed = [...old.keys()].filter((name) => !now.has(name)).map((name) => `no longer measures ${name} ${place}`);
  return [
    ...removed,
    ...[...now].flatMap(([name, metric]) => {
      const earlier = old.get(name);
      if (!earlier) return [`measures ${name} ${place} as well`];
      if (canFail(before, earlier) && !canFail(after, metric)) return [`${name} ${place} can no longer fail`];
      if (!canFail(before, earlier) && canFail(after, metric)) return [`${name} ${place} can fail again`];
      return fieldChanges(earlier, metric).map((what) => `${name} ${place}: ${what}`);
    }),
  ];
}

function metricsOf({ value }: Pair['after']): ReadonlyMap<string, Metric> {
  return new Map(
    asList(asRecord(value.spec)?.metrics).flatMap((entry) => {
      const metric = asRecord(entry);
      return typeof metric?.name === 'string' ? [[metric.name, metric] as const] : [];
    }),
  );
}

/**
 * Argo Rollouts fails a metric when more measurements failed than failureLimit allows; without any condition a measurement
 * of Prometheus is always successful, and a dry run decides nothing.
 */
function canFail(template: Pair['after'], metric: Metric): boolean {
  const dry = asList(asRecord(template.value.spec)?.dryRun).some(
    (entry) => asRecord(entry)?.metricName === metric.name,
  );
  const isJudged =
    Boolean(metric.successCondition) || Boolean(metric.failureCondition) || !asRecord(metric.provider)?.prometheus;
  const count = wholeNumber(metric.count as never) ?? 0;
  const limit = wholeNumber(metric.failureLimit as never) ?? 0;
  return !dry && isJudged && !(count > 0 && limit >= count);
}

const FIELDS = [
  'successCondition',
  'failureCondition',
  'failureLimit',
  'inconclusiveLimit',
  'count',
  'interval',
] as const;

function fieldChanges(before: Metric, after: Metric): readonly string[] {
  const shown = (value: unknown) => (value === undefined ? 'nothing' : String(value));
  const fields = FIELDS.filter((key) => before[key] !== after[key]).map(
    (key) => `${key} becomes ${shown(after[key])}, was ${shown(before[key])}`,
  );
  const query = (metric: Metric) => asRecord(asRecord(metric.provider)?.prometheus)?.query;
  return query(before) === query(after) ? fields : [...fields, 'the query is another one'];
}
