/**
 * The value that each variable of a dashboard has when somebody opens it: grafana/scenes, packages/scenes/src/variables/
 * variants/MultiValueVariable.ts (a saved value that is no option any more gives way to "All", where there is that, or to the
 * first option; "All" is every option, or the custom all value as it stands).
 */
import type { VariableModel } from './dashboard-model.ts';
import { defaultSource } from './data-source-of.ts';
import type { DataSource } from './read-dashboards.ts';
import { asGlob, forPrometheus, replaceVariables, type VariableValue, variablesIn } from './template-text.ts';
import {
  customOptions,
  type Option,
  queryOptions,
  sourceOptions,
  UnreadPattern,
  type VariableSource,
} from './variable-options.ts';

const ALL = '$__all';

export interface ResolvedVariables {
  readonly values: ReadonlyMap<string, VariableValue>;
  /** Every value that a repeated panel is shown for. */
  readonly repeats: ReadonlyMap<string, readonly Option[]>;
  /** Variables that could not be resolved, and why. */
  readonly problems: readonly { readonly name: string; readonly words: string }[];
}

interface Surroundings {
  readonly sources: readonly DataSource[];
  readonly prometheus: VariableSource;
  /** Replaces `$__range` and its kin. */
  readonly macros: (text: string) => string;
}

/** Each after those that it reads, whatever their order. */
export async function resolveVariables(
  variables: readonly VariableModel[],
  { sources, prometheus, macros }: Surroundings,
): Promise<ResolvedVariables> {
  const values = new Map<string, VariableValue>();
  const repeats = new Map<string, readonly Option[]>();
  const problems: { name: string; words: string }[] = [];
  const find = (name: string) => values.get(name);
  const optionsOf = async (variable: VariableModel): Promise<readonly Option[] | undefined> => {
    const query = queryOf(variable);
    switch (variable.type) {
      case 'query': {
        const saved = variable.refresh === 0 || variable.refresh === false ? savedOptions(variable) : [];
        if (saved.length > 0) return saved;
        return queryOptions(variable, macros(replaceVariables(query, find, forPrometheus)), prometheus);
      }
      case 'custom':
        return customOptions(replaceVariables(query, find, asGlob));
      case 'interval':
        return customOptions(query);
      case 'datasource':
        return sourceOptions(variable, query, sources);
      case 'constant':
        return [{ text: query, value: query }];
      default:
        return undefined;
    }
  };
  for (const variable of inOrder(variables)) {
    try {
      const options = await optionsOf(variable);
      const chosen = options === undefined ? savedOf(variable) : chosenOf(variable, options, sources);
      values.set(variable.name, chosen.value);
      repeats.set(variable.name, chosen.repeats);
    } catch (error) {
      if (!(error instanceof UnreadPattern)) throw error;
      problems.push({ name: variable.name, words: error.message });
    }
  }
  return { values, repeats, problems };
}

function queryOf({ query, definition }: VariableModel): string {
  return (typeof query === 'string' ? query : query?.query) ?? definition ?? '';
}

function inOrder(variables: readonly VariableModel[]): readonly VariableModel[] {
  const ordered: VariableModel[] = [];
  let left = [...variables];
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name));
    const free = left.filter((variable) =>
      variablesIn(`${queryOf(variable)} ${variable.regex ?? ''}`).every(
        (name) => name === variable.name || !names.has(name),
      ),
    );
    // those that read each other come as they stand
    const next = free.length > 0 ? free : left;
    ordered.push(...next);
    left = left.filter((variable) => !next.includes(variable));
  }
  return ordered;
}

const listOf = (value: string | readonly string[] | null | undefined): readonly string[] =>
  value === null || value === undefined ? [] : typeof value === 'string' ? [value] : value;

function savedOptions({ options }: VariableModel): readonly Option[] {
  return (options ?? []).flatMap(({ text, value }) =>
    listOf(value)
      .filter((one) => one !== ALL)
      .map((one) => ({ text: listOf(text)[0] ?? one, value: one })),
  );
}

interface Chosen {
  readonly value: VariableValue;
  readonly repeats: readonly Option[];
}

/** Of a text box, and of whatever Grafana keeps as it was saved. */
function savedOf(variable: VariableModel): Chosen {
  const saved = listOf(variable.current?.value);
  const value = saved[0] ?? queryOf(variable);
  return {
    value: { name: variable.name, value, text: listOf(variable.current?.text)[0] ?? value, isRegex: false },
    repeats: [{ text: value, value }],
  };
}

function chosenOf(variable: VariableModel, options: readonly Option[], sources: readonly DataSource[]): Chosen {
  const { name, allValue, current } = variable;
  const multi = variable.multi ?? false;
  const includeAll = variable.includeAll ?? false;
  const isRegex = multi || includeAll;
  const saved = listOf(current?.value).map((value) =>
    variable.type === 'datasource' && value === 'default' ? (defaultSource(sources)?.uid ?? value) : value,
  );
  const texts = listOf(current?.text);
  const valid = saved.filter((value) => options.some((option) => option.value === value));
  const byText = options.find(({ text }) => !multi && text === texts[0]);
  const isAll = includeAll && (saved[0] === ALL || (valid.length === 0 && !byText));
  if (isAll) {
    const value = allValue ? allValue : options.map((option) => option.value);
    return {
      value: { name, value, text: 'All', isRegex, ...(allValue ? { isVerbatim: true as const } : {}) },
      repeats: options,
    };
  }
  const first = byText ?? options[0];
  const picked = valid.length > 0 ? options.filter(({ value }) => valid.includes(value)) : first ? [first] : [];
  const shown = multi ? picked : picked.slice(0, 1);
  return {
    value: {
      ...{ name, isRegex, text: shown.map(({ text }) => text).join(' + ') },
      value: multi ? shown.map(({ value }) => value) : (shown[0]?.value ?? ''),
    },
    repeats: shown,
  };
}
