/** The Applications that an ApplicationSet makes, each placed at the template that says so. */

import { formatPosition, type ValuePath } from '../documents/yaml-source.ts';
import { asList, asRecord, type Finding, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import type { ParsedFiles } from './parsed-files.ts';
import { generate } from './set-generators.ts';
import { fillTemplate, TemplateNotKnown } from './set-template.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface UnfoldedSet {
  readonly applications: readonly ManifestObject[];
  /** APPLICATIONSET_NOT_JUDGED, APPLICATIONSET_TEMPLATE_IGNORED, APPLICATIONSET_EMPTY. */
  readonly findings: readonly Finding[];
}

export async function unfoldSet(files: ParsedFiles, set: ManifestObject): Promise<UnfoldedSet> {
  const spec = asRecord(set.value.spec) ?? {};
  const options = { goTemplate: spec.goTemplate === true };
  const applications: ManifestObject[] = [];
  const findings: Finding[] = [];
  for (const [index, entry] of asList(spec.generators).entries()) {
    const generator = asRecord(entry) ?? {};
    const path = ['spec', 'generators', index];
    findings.push(...ignoredTemplates(set, generator, path));
    try {
      const own = asRecord(generatorTemplate(generator));
      const template = merged(asRecord(spec.template) ?? {}, own ?? {});
      for (const parameters of await generate(files, generator, options))
        applications.push(applicationOf(set, fillTemplate(template, parameters, options)));
    } catch (error) {
      if (!(error instanceof TemplateNotKnown)) throw error;
      findings.push(
        finding(
          set,
          path,
          'APPLICATIONSET_NOT_JUDGED',
          'info',
          `${nameOf(set)}: ${error.message}, so the Applications that it makes are not judged`,
        ),
      );
    }
  }
  if (applications.length === 0 && findings.every(({ code }) => code !== 'APPLICATIONSET_NOT_JUDGED'))
    findings.push(
      finding(
        set,
        ['spec', 'generators'],
        'APPLICATIONSET_EMPTY',
        'warning',
        `${nameOf(set)} makes no Application: its generators find nothing in this repository`,
      ),
    );
  return { applications, findings };
}

function applicationOf(set: ManifestObject, template: Fields): ManifestObject {
  const metadata = asRecord(template.metadata) ?? {};
  const name = typeof metadata.name === 'string' ? metadata.name : set.name;
  const value = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', ...template, metadata };
  return {
    ...set,
    kind: 'Application',
    apiVersion: value.apiVersion,
    name,
    namespace: set.namespace,
    value,
    positionOf: (path) => set.positionOf(['spec', 'template', ...path]),
  };
}

/** A template of a generator wins over that of the set; lists are replaced. */
function merged(below: Fields, above: Fields): Fields {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const [own, other] = [asRecord(value), asRecord(below[key])];
    if (own && other) result[key] = merged(other, own);
    else if (value !== null && value !== '' && !(own && Object.keys(own).length === 0)) result[key] = value;
  }
  return result;
}

const KINDS = [
  'list',
  'git',
  'clusters',
  'matrix',
  'merge',
  'scmProvider',
  'pullRequest',
  'plugin',
  'clusterDecisionResource',
];

function generatorTemplate(generator: Fields): unknown {
  return KINDS.map((kind) => asRecord(generator[kind])?.template).find((template) => template !== undefined);
}

/** Argo CD takes only the parameters of generators inside of a matrix or merge. */
function ignoredTemplates(set: ManifestObject, generator: Fields, path: ValuePath): readonly Finding[] {
  return (['matrix', 'merge'] as const).flatMap((kind) =>
    asList(asRecord(generator[kind])?.generators).flatMap((entry, index): Finding[] => {
      const inner = asRecord(entry) ?? {};
      const spec = asRecord(asRecord(generatorTemplate(inner))?.spec);
      const own = KINDS.find((name) => asRecord(inner[name])?.template !== undefined);
      if (!spec || Object.keys(spec).length === 0 || own === undefined) return [];
      return [
        finding(
          set,
          [...path, kind, 'generators', index, own, 'template'],
          'APPLICATIONSET_TEMPLATE_IGNORED',
          'warning',
          `${nameOf(set)}: the template of a generator inside a ${kind} generator has no effect (${Object.keys(spec).join(', ')})`,
          `Argo CD takes only its parameters. Write it in the template of the ${kind} generator or of the set.`,
        ),
      ];
    }),
  );
}

function finding(
  set: ManifestObject,
  path: ValuePath,
  code: string,
  severity: Finding['severity'],
  sentence: string,
  hint?: string,
): Finding {
  return {
    code,
    layer: 'manifest',
    severity,
    sentence,
    where: formatPosition(set.positionOf(path)),
    ...(hint === undefined ? {} : { hint }),
  };
}
