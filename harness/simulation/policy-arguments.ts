/** Arguments of an analysis, merged and filled in as Argo Rollouts does it. Pure. */
import { usageError } from '../errors/harness-error.ts';
import type { AnalysisArgument } from '../oracle/analysis-types.ts';

export interface Argument {
  readonly name: string;
  readonly value?: unknown;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath?: string };
    readonly podTemplateHashValue?: string;
    readonly secretKeyRef?: unknown;
  };
}

const isSet = ({ value, valueFrom }: Argument) => value != null || valueFrom != null;

/**
 * Every argument that a template declares, with what the use gives for it, else with its default. Templates that are used
 * together share them; what none of them declares is ignored.
 * @throws HarnessError (exit 2) ANALYSIS_ARGUMENT_UNRESOLVED: it is declared without a default, and nobody gives it
 */
export function argumentsOf(
  given: readonly Argument[],
  declared: readonly Argument[],
  rollout: unknown,
): readonly AnalysisArgument[] {
  const names = [...new Set(declared.map(({ name }) => name))];
  return names.map((name) => {
    const own = given.findLast((one) => one.name === name);
    // given with neither: Argo takes an empty text, whatever the default is
    const argument = own ?? declared.find((one) => one.name === name && isSet(one));
    if (argument) return valued(name, isSet(argument) ? filledIn(argument, rollout) : '');
    throw usageError('ANALYSIS_ARGUMENT_UNRESOLVED', `the argument ${name} has no value`, {
      hint: `Give it in the analysis of the Rollout; Argo makes no run ("args.${name} was not resolved"), and the Rollout becomes Degraded.`,
    });
  });
}

const valued = (name: string, value: string | undefined): AnalysisArgument =>
  value === undefined ? { name } : { name, value };

/** Undefined where only the cluster knows it (secrets). */
function filledIn({ value, valueFrom }: Argument, rollout: unknown): string | undefined {
  if (value != null) return String(value);
  const path = valueFrom?.fieldRef?.fieldPath;
  if (path !== undefined) return fieldAt(rollout, path);
  if (valueFrom?.podTemplateHashValue === undefined) return undefined;
  return valueFrom.podTemplateHashValue === 'Latest' ? 'canary' : 'stable';
}

/** `metadata.namespace`, `metadata.labels['version']`; empty where there is none. */
function fieldAt(object: unknown, path: string): string {
  let current = object;
  for (const [, plain, quoted] of path.matchAll(/([^.[\]']+)|\['([^']+)'\]/g))
    current = (current as Readonly<Record<string, unknown>> | null | undefined)?.[plain ?? quoted ?? ''];
  return current == null ? '' : String(current);
}
