/** Metrics of providers that cannot be simulated, replaced by what their user says of them. */
import { usageError } from '../errors/harness-error.ts';
import type { ManifestValue } from './policy.ts';

/** What a treated metric asks; its place in the list stays, so that fields of the others keep theirs. */
export const TREATED_QUERY = 'vector(1)';

interface Metric {
  readonly name: string;
  readonly [field: string]: unknown;
}

/**
 * @param treatAs by name of the metric; `pass`: always good, at its own times; `ignore`: not there at all
 * @throws HarnessError (exit 2) SIMULATION_TREAT_AS: no template has a metric of this name, or it is treated as neither
 */
export function treatMetrics(
  templates: readonly ManifestValue[],
  treatAs: Readonly<Record<string, string>>,
): readonly ManifestValue[] {
  const names = templates.flatMap((template) => metricsOf(template).map(({ name }) => name));
  for (const [name, treatment] of Object.entries(treatAs))
    if (!names.includes(name) || (treatment !== 'pass' && treatment !== 'ignore'))
      throw usageError('SIMULATION_TREAT_AS', `cannot treat the metric ${name} as ${treatment}`, {
        where: '--treat-as',
        hint: `Write METRIC=pass or METRIC=ignore; metrics here: ${[...new Set(names)].join(', ') || 'none'}.`,
      });
  return templates.map((template) => {
    const metrics = metricsOf(template);
    if (!metrics.some(({ name }) => Object.hasOwn(treatAs, name))) return template;
    const spec = template.spec as Readonly<Record<string, unknown>>;
    return { ...template, spec: { ...spec, metrics: metrics.map((one) => treated(one, treatAs[one.name])) } };
  });
}

function metricsOf(template: ManifestValue): readonly Metric[] {
  return (template.spec as { readonly metrics?: readonly Metric[] } | undefined)?.metrics ?? [];
}

function treated(metric: Metric, treatment: string | undefined): Metric {
  const passing = { provider: { prometheus: { query: TREATED_QUERY } }, successCondition: 'true' };
  if (treatment === undefined) return metric;
  const { name, interval, initialDelay, count } = metric;
  if (treatment === 'ignore') return { name, ...passing };
  const times = Object.entries({ interval, initialDelay, count }).filter(([, value]) => value !== undefined);
  return { name, ...Object.fromEntries(times), ...passing };
}
