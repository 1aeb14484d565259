/** The metrics of AnalysisTemplates, with their arguments filled in as far as Git knows them. */

import type { ValuePath } from '../../documents/yaml-source.ts';
import type { AnalysisArgument, AnalysisMetric } from '../../oracle/analysis-types.ts';
import { resolveArguments } from '../../oracle/resolve-arguments.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { type AnalysisUse, analysisUses, argumentValue, usesByTemplate } from './analysis-uses.ts';

const ARGO_GROUP = 'argoproj.io';
const KINDS = new Set(['AnalysisTemplate', 'ClusterAnalysisTemplate', 'AnalysisRun']);

export interface TemplateMetric {
  readonly template: ManifestObject;
  /** `AnalysisTemplate shop/latency, metric p95`. */
  readonly title: string;
  readonly name: string;
  readonly path: ValuePath;
  /** As written, placeholders included. */
  readonly written: AnalysisMetric;
  /**
   * With arguments as far as Git knows them: one for each way in which it is used, or a single one when the template has
   * them all. Else one for each guess at those that only the cluster knows, of which the first leaves their placeholders.
   */
  readonly variants: readonly AnalysisMetric[];
  /** The variants after the first one are guesses. */
  readonly isGuessed: boolean;
  /** Each use, with its own arguments, where all of them are known. */
  readonly runs: readonly MetricRun[];
  /** Everything that runs it, known or not. */
  readonly uses: readonly AnalysisUse[];
  /** Arguments that the template does not declare. */
  readonly undeclared: readonly string[];
}

export interface MetricRun {
  readonly use: AnalysisUse;
  readonly metric: AnalysisMetric;
}

export function analysisTemplates(set: ManifestSet): readonly ManifestObject[] {
  return templatesIn(set.objects);
}

const templatesIn = oncePerList((objects: readonly ManifestObject[]) =>
  objects.filter(({ group, kind }) => group === ARGO_GROUP && KINDS.has(kind)),
);

/**
 * What an argument without a value might be: itself (inside quotes any text will do), `1m` (a duration, and a number in a
 * query), a number, a name.
 */
const GUESSES = [undefined, '1m', '1', 'x'];

export function templateMetrics(set: ManifestSet): readonly TemplateMetric[] {
  const templates = analysisTemplates(set);
  const uses = analysisUses(set, templates);
  return templates.flatMap((template) => metricsOf(template, uses));
}

function metricsOf(template: ManifestObject, allUses: readonly AnalysisUse[]): readonly TemplateMetric[] {
  const spec = asRecord(template.value.spec);
  const uses = usesByTemplate(allUses).get(template) ?? [];
  const args = asList(spec?.args).flatMap((entry): AnalysisArgument[] => {
    const { name, value } = asRecord(entry) ?? {};
    if (typeof name !== 'string') return [];
    return [{ name, ...(value === undefined || value === null ? {} : { value: String(value) }) }];
  });
  return asList(spec?.metrics).flatMap((entry, index): TemplateMetric[] => {
    const record = asRecord(entry);
    if (typeof record?.name !== 'string' || !asRecord(record.provider)) return [];
    const written = withTexts(record) as unknown as AnalysisMetric;
    const names = placeholdersOf(written);
    const undeclared = names.filter((name) => !args.some((arg) => `args.${arg.name}` === name));
    const unknown = undeclared.map((name): AnalysisArgument => ({ name: name.replace(/^args\./, '') }));
    const runs = uses.flatMap((use): MetricRun[] => {
      const given = args.map(({ name, value }) => {
        const own = argumentValue(use.args, name);
        return { name, value: own ? own.value : value };
      });
      const isKnown = names.every((name) =>
        given.some((arg) => `args.${arg.name}` === name && arg.value !== undefined),
      );
      if (!isKnown) return [];
      const known = given.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]));
      return [{ use, metric: resolveArguments(written, known) }];
    });
    const isComplete = args.every(({ value }) => value !== undefined) && undeclared.length === 0;
    const isKnown = runs.length > 0 && runs.length === uses.length;
    const guessed = () =>
      (isComplete ? [undefined] : GUESSES).map((guess) =>
        resolveArguments(
          written,
          [...args, ...unknown].map(({ name, value }) => ({ name, value: value ?? guess ?? `{{args.${name}}}` })),
        ),
      );
    const variants = isKnown ? distinct(runs.map(({ metric }) => metric)) : guessed();
    const title = `${nameOf(template)}, metric ${record.name}`;
    const isGuessed = !isKnown && !isComplete;
    const path: ValuePath = ['spec', 'metrics', index];
    return [{ template, title, name: record.name, path, written, variants, isGuessed, runs, uses, undeclared }];
  });
}

function distinct(metrics: readonly AnalysisMetric[]): readonly AnalysisMetric[] {
  return [...new Map(metrics.map((metric) => [JSON.stringify(metric), metric])).values()];
}

/** `successCondition: true` is a text that was not quoted (the API server says so); null is no condition. */
function withTexts(metric: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { successCondition, failureCondition, ...rest } = metric;
  const written = Object.entries({ successCondition, failureCondition }).filter(([, value]) =>
    ['string', 'boolean', 'number'].includes(typeof value),
  );
  return { ...rest, ...Object.fromEntries(written.map(([name, value]) => [name, String(value)])) };
}

function placeholdersOf(metric: AnalysisMetric): string[] {
  const found = textsIn(metric).flatMap((text) =>
    [...text.matchAll(/\{\{([\s\S]*?)\}\}/g)].map(([, name]) => name!.trim()),
  );
  return [...new Set(found)].filter((name) => name.startsWith('args.'));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

export function queryPath({ path }: TemplateMetric): ValuePath {
  return [...path, 'provider', 'prometheus', 'query'];
}

export function metricFindingAt(
  { template }: TemplateMetric,
  path: ValuePath,
  finding: Pick<Finding, 'code' | 'severity' | 'sentence' | 'hint'>,
): Finding {
  return findingAt(template, path, finding);
}
