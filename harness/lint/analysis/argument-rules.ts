/** Arguments of AnalysisTemplates: missing, given twice, empty, unused. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { analysisTemplates } from './analysis-templates.ts';
import { type AnalysisUse, analysisUses } from './analysis-uses.ts';

interface DeclaredArgument {
  readonly name: string;
  readonly template: ManifestObject;
  readonly path: ValuePath;
  readonly value: unknown;
  readonly isSet: boolean;
}

/**
 * ANALYSIS_ARGUMENT_MISSING, ANALYSIS_ARGUMENT_TWICE, ANALYSIS_ARGUMENT_EMPTY, ANALYSIS_ARGUMENT_UNKNOWN,
 * ANALYSIS_ARGUMENT_UNUSED.
 */
export function argumentFindings(set: ManifestSet): readonly Finding[] {
  const templates = analysisTemplates(set);
  const uses = analysisUses(set, templates);
  return [
    ...uses.flatMap((use) => useFindings(use)),
    ...templates.flatMap((template) => [...declaredTwice(template), ...unusedFindings(template)]),
  ];
}

function useFindings(use: AnalysisUse): readonly Finding[] {
  const declared = use.templates.flatMap(declaredArguments);
  const used = new Set(use.templates.flatMap(placeholdersIn));
  const names = [...new Set(declared.filter(({ isSet }) => !isSet).map(({ name }) => name))];
  const missing = names.filter(
    (name) => !use.args.some((arg) => arg.name === name) && !declared.some((one) => one.name === name && one.isSet),
  );
  return [
    ...missing.map((name) =>
      errorAt(use.owner, use.path, {
        code: 'ANALYSIS_ARGUMENT_MISSING',
        sentence: `${nameOf(use.owner)} runs ${nameOf(declared.find((one) => one.name === name)!.template)} without the argument ${name}, which has no default`,
        hint: `The Rollout becomes Degraded with InvalidSpec ("args.${name} was not resolved"), and nothing is released.`,
      }),
    ),
    ...use.args.flatMap((_, index) => givenFindings(use, declared, used, index)),
  ];
}

function givenFindings(
  use: AnalysisUse,
  declared: readonly DeclaredArgument[],
  used: ReadonlySet<string>,
  index: number,
): readonly Finding[] {
  const arg = use.args[index]!;
  const before = use.args.slice(0, index).findLast(({ name }) => name === arg.name);
  const isLast = !use.args.slice(index + 1).some(({ name }) => name === arg.name);
  if (before) {
    const same = before.value === arg.value && before.value !== undefined;
    return [
      findingAt(use.owner, arg.path, {
        code: 'ANALYSIS_ARGUMENT_TWICE',
        severity: same ? 'warning' : 'error',
        sentence: `${nameOf(use.owner)} gives the argument ${arg.name} twice${arg.isBlank ? ', the second time without a value' : ''}`,
        hint: `The last one wins${arg.isBlank ? `, so {{args.${arg.name}}} becomes an empty text` : ''}. Remove one of them.`,
      }),
    ];
  }
  if (use.isComplete && use.templates.length > 0 && !declared.some(({ name }) => name === arg.name))
    return [
      findingAt(use.owner, arg.path, {
        code: 'ANALYSIS_ARGUMENT_UNKNOWN',
        severity: 'warning',
        sentence: `${nameOf(use.owner)} gives the argument ${arg.name}, which ${use.templates.map(nameOf).join(' and ')} does not declare`,
        hint: 'Argo Rollouts ignores it. Is the name misspelt?',
      }),
    ];
  if (arg.isBlank && isLast && used.has(arg.name))
    return [
      errorAt(use.owner, arg.path, {
        code: 'ANALYSIS_ARGUMENT_EMPTY',
        sentence: `${nameOf(use.owner)} gives the argument ${arg.name} neither value nor valueFrom`,
        hint: `Argo Rollouts takes an empty text, even where the template has a default, so {{args.${arg.name}}} disappears.`,
      }),
    ];
  if (arg.lacks !== undefined && isLast && used.has(arg.name))
    return [
      findingAt(use.owner, arg.path, {
        code: 'ANALYSIS_ARGUMENT_EMPTY',
        severity: 'warning',
        sentence: `${nameOf(use.owner)} takes the argument ${arg.name} from its own ${arg.lacks}, which it does not have`,
        hint: `Argo Rollouts takes an empty text, even where the template has a default, so {{args.${arg.name}}} disappears, unless something adds it in the cluster. Labels of the pod template are none of the Rollout's.`,
      }),
    ];
  return [];
}

function declaredArguments(template: ManifestObject): readonly DeclaredArgument[] {
  return asList(asRecord(template.value.spec)?.args).flatMap((entry, index): DeclaredArgument[] => {
    const { name, value, valueFrom } = asRecord(entry) ?? {};
    if (typeof name !== 'string') return [];
    const isSet = (value !== undefined && value !== null) || (valueFrom !== undefined && valueFrom !== null);
    return [{ name, template, path: ['spec', 'args', index], value, isSet }];
  });
}

function declaredTwice(template: ManifestObject): readonly Finding[] {
  const declared = declaredArguments(template);
  return declared.flatMap((arg, index): Finding[] => {
    const before = declared.slice(0, index).find(({ name }) => name === arg.name);
    if (!before) return [];
    const clashes = before.isSet && arg.isSet && String(before.value) !== String(arg.value);
    return [
      findingAt(template, arg.path, {
        code: 'ANALYSIS_ARGUMENT_TWICE',
        severity: clashes ? 'error' : 'warning',
        sentence: `${nameOf(template)} declares the argument ${arg.name} twice${clashes ? ', with different values' : ''}`,
        hint: clashes
          ? 'Argo Rollouts refuses it, and the Rollout becomes Degraded with InvalidSpec.'
          : 'Remove one of them.',
      }),
    ];
  });
}

function unusedFindings(template: ManifestObject): readonly Finding[] {
  const used = placeholdersIn(template);
  // templates that refer to others pass their arguments on
  if (asList(asRecord(template.value.spec)?.templates).length > 0) return [];
  const unused = declaredArguments(template).filter(({ name }) => !used.includes(name));
  if (unused.length === 0) return [];
  const names = [...new Set(unused.map(({ name }) => name))];
  return [
    findingAt(template, unused[0]!.path, {
      code: 'ANALYSIS_ARGUMENT_UNUSED',
      severity: 'info',
      sentence: `${nameOf(template)} declares ${names.length === 1 ? 'the argument' : 'the arguments'} ${names.join(', ')}, which none of its metrics uses`,
      hint: `Is a value written out where {{args.${names[0]}}} was meant?`,
    }),
  ];
}

function placeholdersIn(template: ManifestObject): readonly string[] {
  const spec = asRecord(template.value.spec);
  return [...JSON.stringify({ ...spec, args: undefined }).matchAll(/\{\{\s*args\.([^}\s]+)\s*\}\}/g)].map(
    ([, name]) => name!,
  );
}
