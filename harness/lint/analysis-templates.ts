/** The metrics of AnalysisTemplates, with their arguments filled in as far as Git knows them. */
import type { AnalysisArgument, AnalysisMetric } from '../oracle/analysis-types.ts';
import { resolveArguments } from '../oracle/resolve-arguments.ts';
import type { ValuePath } from '../profile/yaml-source.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from './manifest-set.ts';

const ARGO_GROUP = 'argoproj.io';
const KINDS = new Set(['AnalysisTemplate', 'ClusterAnalysisTemplate', 'AnalysisRun']);

export interface TemplateMetric {
  readonly template: ManifestObject;
  /** `AnalysisTemplate shop/latency, metric p95`. */
  readonly title: string;
  readonly path: ValuePath;
  /** As written, placeholders included. */
  readonly written: AnalysisMetric;
  /**
   * A single one when all arguments are known; else one for each guess at those that only the Rollout knows, of which the
   * first leaves their placeholders.
   */
  readonly variants: readonly AnalysisMetric[];
  /** Arguments that the template does not declare. */
  readonly undeclared: readonly string[];
}

export function analysisTemplates(set: ManifestSet): readonly ManifestObject[] {
  return set.objects.filter(({ group, kind }) => group === ARGO_GROUP && KINDS.has(kind));
}

/**
 * What an argument without a value might be: itself (inside quotes any text will do), `1m` (a duration, and a number in a
 * query), a number, a name.
 */
const GUESSES = [undefined, '1m', '1', 'x'];

export function templateMetrics(set: ManifestSet): readonly TemplateMetric[] {
  return analysisTemplates(set).flatMap((template) => {
    const spec = asRecord(template.value.spec);
    const args = asList(spec?.args).flatMap((entry): AnalysisArgument[] => {
      const { name, value } = asRecord(entry) ?? {};
      if (typeof name !== 'string') return [];
      return [{ name, ...(value === undefined ? {} : { value: String(value) }) }];
    });
    return asList(spec?.metrics).flatMap((entry, index): TemplateMetric[] => {
      const record = asRecord(entry);
      if (typeof record?.name !== 'string' || !asRecord(record.provider)) return [];
      const written = record as unknown as AnalysisMetric;
      const undeclared = placeholdersOf(written).filter((name) => !args.some((arg) => `args.${arg.name}` === name));
      const complete = args.every(({ value }) => value !== undefined) && undeclared.length === 0;
      const unknown = undeclared.map((name): AnalysisArgument => ({ name: name.replace(/^args\./, '') }));
      const variants = (complete ? [undefined] : GUESSES).map((guess) =>
        resolveArguments(
          written,
          [...args, ...unknown].map(({ name, value }) => ({ name, value: value ?? guess ?? `{{args.${name}}}` })),
        ),
      );
      const title = `${nameOf(template)}, metric ${record.name}`;
      return [{ template, title, path: ['spec', 'metrics', index], written, variants, undeclared }];
    });
  });
}

function placeholdersOf(metric: AnalysisMetric): string[] {
  const found = [...JSON.stringify(metric).matchAll(/\{\{(.*?)\}\}/g)].map(([, name]) => name!.trim());
  return [...new Set(found)].filter((name) => name.startsWith('args.'));
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
