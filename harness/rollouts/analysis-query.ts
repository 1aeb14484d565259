/** Metrics of AnalysisTemplates as a Rollout asks them: arguments filled in, windows read. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { durationToMs } from '../documents/budgets.ts';
import type { AnalysisStep } from './rollout-object.ts';

interface TemplateMetric {
  readonly name: string;
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly provider?: { readonly prometheus?: { readonly query?: string } };
}
interface TemplateArgument {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath?: string };
    readonly podTemplateHashValue?: string;
  };
}

export interface AskedMetric {
  readonly template: string;
  readonly name: string;
  readonly query: string;
  readonly successCondition: string | undefined;
  readonly failureCondition: string | undefined;
}

export const metricsOf = (template: KubeObject): readonly TemplateMetric[] =>
  (template.spec as { metrics?: readonly TemplateMetric[] } | undefined)?.metrics ?? [];

/** The template that brings a metric. */
export function templateOf(templates: readonly KubeObject[], metric: string): KubeObject | undefined {
  return templates.find((template) => metricsOf(template).some(({ name }) => name === metric));
}

/** Every Prometheus metric of the templates that a step names, as the controller will ask it. */
export function askedMetrics(
  step: AnalysisStep,
  templates: readonly KubeObject[],
  rollout: KubeObject,
): readonly AskedMetric[] {
  return (step.templates ?? []).flatMap(({ templateName }) => {
    const template = templates.find(({ metadata }) => metadata.name === templateName);
    if (!template) return [];
    const given = (step.args ?? []) as readonly TemplateArgument[];
    const defaults = (template.spec as { args?: readonly TemplateArgument[] } | undefined)?.args ?? [];
    const values = new Map(
      [...defaults, ...given].map((argument) => [argument.name, argumentValue(argument, rollout)]),
    );
    const fill = (text: string) =>
      text.replaceAll(/\{\{\s*args\.([\w-]+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole);
    return metricsOf(template).flatMap(({ name, provider, successCondition, failureCondition }) => {
      const query = provider?.prometheus?.query;
      if (query === undefined) return [];
      return [
        {
          template: templateName,
          name,
          query: fill(query).trim(),
          successCondition: successCondition === undefined ? undefined : fill(successCondition),
          failureCondition: failureCondition === undefined ? undefined : fill(failureCondition),
        },
      ];
    });
  });
}

function argumentValue({ value, valueFrom }: TemplateArgument, rollout: KubeObject): string | undefined {
  const path = valueFrom?.fieldRef?.fieldPath;
  if (path !== undefined) return fieldAt(rollout, path);
  // a hash that no pod has yet: the query is well-formed and finds nothing
  if (valueFrom?.podTemplateHashValue !== undefined) return 'none';
  return value;
}

/** `metadata.namespace`, `spec.template.metadata.labels['version']` */
function fieldAt(object: unknown, path: string): string | undefined {
  const keys = path.matchAll(/([^.[\]']+)|\['([^']+)'\]/g);
  let current = object;
  for (const [, plain, quoted] of keys)
    current = (current as Readonly<Record<string, unknown>> | undefined)?.[plain ?? quoted ?? ''];
  return typeof current === 'string' ? current : undefined;
}

const DURATION = String.raw`((?:[\d.]+(?:ms|s|m|h))+)`;

/** The longest range of a query, the ranges of subqueries (`[2m:5s]`) included. */
export function longestRangeMs(query: string): number | undefined {
  const ranges = [...query.matchAll(new RegExp(String.raw`\[${DURATION}[\]:]`, 'g'))];
  const known = ranges.map(([, text]) => durationToMs(text ?? '')).filter((range) => range !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The step of a query's subquery (`[2m:5s]`); undefined where there is none, or none is written. */
export function subqueryStepMs(query: string): number | undefined {
  const [, text] = new RegExp(String.raw`\[${DURATION}:${DURATION}\]`).exec(query)?.slice(1) ?? [];
  return text === undefined ? undefined : durationToMs(text);
}

/** The shortest range of a query: what a measurement can know. Subqueries (`[2m:5s]`) are not one. */
export function windowMs(query: string): number | undefined {
  const ranges = [...query.matchAll(new RegExp(String.raw`\[${DURATION}\]`, 'g'))].map(([, text]) =>
    durationToMs(text ?? ''),
  );
  const known = ranges.filter((range) => range !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

const CLAUSE = /result\[0\]\s*(<=|>=|<|>)\s*(\{\{[^}]+\}\}|[\w.+-]+)\s*$/;
const OPPOSITE: Readonly<Record<string, string>> = { '<': '>=', '>': '<=', '<=': '>', '>=': '<' };

/** The same limit stated in another form, without guards; undefined where no plain comparison can be found. */
export function conditionForms(
  metric: Pick<TemplateMetric, 'successCondition' | 'failureCondition'>,
): { readonly success: string; readonly failure: string } | undefined {
  const good = CLAUSE.exec(metric.successCondition?.trim() ?? '');
  if (good?.[1] && good[2])
    return { success: `result[0] ${good[1]} ${good[2]}`, failure: `result[0] ${OPPOSITE[good[1]]} ${good[2]}` };
  const bad = CLAUSE.exec(metric.failureCondition?.trim() ?? '');
  if (bad?.[1] && bad[2])
    return { success: `result[0] ${OPPOSITE[bad[1]]} ${bad[2]}`, failure: `result[0] ${bad[1]} ${bad[2]}` };
  return undefined;
}
