/** `{{args.name}}` in the texts of a metric, replaced by the arguments of the run (utils/template of Argo Rollouts). */
import { usageError } from '../errors/harness-error.ts';
import type { AnalysisArgument, AnalysisMetric } from './analysis-types.ts';

const PLACEHOLDER = /\{\{([\s\S]*?)\}\}/g;

/**
 * @throws HarnessError ANALYSIS_ARGUMENT_UNRESOLVED for a placeholder without a value (secrets, for example)
 */
export function resolveArguments(metric: AnalysisMetric, args: readonly AnalysisArgument[] = []): AnalysisMetric {
  const values = new Map(args.flatMap(({ name, value }) => (value === undefined ? [] : [[`args.${name}`, value]])));
  return resolved(metric, (text) =>
    text.replace(PLACEHOLDER, (placeholder, name: string) => {
      const value = values.get(name.trim());
      if (value !== undefined) return value;
      throw usageError('ANALYSIS_ARGUMENT_UNRESOLVED', `${placeholder} of metric ${metric.name} has no value`, {
        hint: `Known: ${[...values.keys()].join(', ') || 'no arguments'}. Argo makes the whole run an Error.`,
      });
    }),
  );
}

function resolved<T>(value: T, replace: (text: string) => string): T {
  if (typeof value === 'string') return replace(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => resolved(item, replace)) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved<unknown>(item, replace)])) as T;
  return value;
}
