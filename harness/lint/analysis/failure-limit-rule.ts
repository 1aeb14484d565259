/**
 * "For two minutes" said with failureLimit: Argo counts failures in total, never in a row, so a failure now and one an
 * hour ago add up, and a limit of N needs the (N + 1)-th failure.
 */
import { wholeNumber } from '../../oracle/analysis-types.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import type { Finding } from '../manifest-set.ts';
import { asLabels, asRecord, type ManifestFile } from '../manifest-set.ts';
import { metricFindingAt } from './analysis-templates.ts';
import { type ConditionBound, singleBound } from './condition-bounds.ts';
import type { ParsedQuery } from './queries/analysis-query-rules.ts';

const MINUTE_MS = 60_000;

/** Says that a state has to last. Of a tolerance ("one failure is allowed") nothing of this is said. */
const MEANS_DURATION =
  /\bfor\s+(?:at least\s+|more than\s+)?(?:\d+|one|two|three|five|ten|fifteen)\s*-?(?:s|secs?|seconds?|m|mins?|minutes?)\b|\b(?:sustained|consecutive(?:ly)?|in a row|continuous(?:ly)?)\b|[-_]for[-_]\d+(?:s|m)\b/i;

/**
 * ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION: a limit above 0 whose failures, at the interval, would fill whole minutes, where
 * the name of the metric or what is written around it says that a duration is meant.
 *
 * @param files the texts in which comments are looked for
 */
export function failureLimitFindings(
  { metric, text }: ParsedQuery,
  files: readonly ManifestFile[] = [],
): readonly Finding[] {
  if (!MEANS_DURATION.test(`${metric.name} ${wordsAround(metric, files)}`)) return [];
  const [variant] = metric.variants;
  const limit = wholeNumber(variant!.failureLimit) ?? 0;
  const intervalMs = variant!.interval ? parseGoDuration(variant!.interval) : undefined;
  if (limit < 1 || !intervalMs) return [];
  const meantMs = [limit * intervalMs, (limit + 1) * intervalMs].find((lengthMs) => lengthMs % MINUTE_MS === 0);
  if (meantMs === undefined) return [];
  const minutes = `${meantMs / MINUTE_MS}m`;
  const broken = brokenLimit(variant!.failureCondition, variant!.successCondition);
  const query = text.trim().replace(/\s+/g, ' ');
  return [
    metricFindingAt(metric, [...metric.path, 'failureLimit'], {
      code: 'ANALYSIS_FAILURE_LIMIT_IS_NO_DURATION',
      severity: 'warning',
      sentence: `${metric.title}: failureLimit ${limit} every ${variant!.interval} does not mean "for ${minutes}": it counts failures in total, not in a row, and needs ${limit + 1} of them`,
      hint: broken
        ? `This says it: min_over_time(((${query}) ${broken.operator} bool ${broken.value})[${minutes}:${variant!.interval}]) == 1 (empty unless it held at every step; fail when len(result) > 0, with failureLimit 0).`
        : `Say it in the query: min_over_time((<query> > bool <limit>)[${minutes}:${variant!.interval}]) == 1, with failureLimit 0.`,
    }),
  ];
}

/** Annotations of the template, and the comments of the metric and right above it. */
function wordsAround({ template, path }: ParsedQuery['metric'], files: readonly ManifestFile[]): string {
  const annotations = Object.values(asLabels(asRecord(template.value.metadata)?.annotations));
  const start = template.positionOf(path);
  const next = template.positionOf([...path.slice(0, -1), Number(path.at(-1)) + 1]);
  const lines = files.find((file) => file.path === start.path)?.text.split(/\r?\n/) ?? [];
  let first = start.line - 1;
  while (first > 0 && /^\s*#/.test(lines[first - 1]!)) first -= 1;
  const last = next.line > start.line ? next.line - 1 : start.line + 40;
  const end = lines.slice(first, last).findIndex((line) => /^---/.test(line));
  const own = lines.slice(first, end < 0 ? last : first + end);
  const comments = own.flatMap((line) => /(?:^|\s)#\s?(.*)$/.exec(line)?.[1] ?? []);
  return [...annotations, ...comments].join(' ');
}

const OPPOSITE: Readonly<Record<ConditionBound['operator'], ConditionBound['operator']>> = {
  '<': '>=',
  '>': '<=',
  '<=': '>',
  '>=': '<',
};

/** The comparison that is true when the limit is broken: the failure condition, or the opposite of the other. */
function brokenLimit(failure: string | undefined, success: string | undefined): ConditionBound | undefined {
  const own = singleBound(failure);
  if (own) return own;
  const other = singleBound(success);
  return other && { operator: OPPOSITE[other.operator], value: other.value };
}
