/**
 * What can be chosen for a variable: grafana/scenes, packages/scenes/src/variables/variants (QueryVariable with its regex and
 * sort in query/createQueryVariableRunner.ts and utils.ts metricNamesToVariableValues, CustomVariable, IntervalVariable,
 * DataSourceVariable); what a query of Prometheus means: grafana/grafana, packages/grafana-prometheus/src/metric_find_query.ts.
 */
import { goPattern } from '../../../oracle/promql/promql-literals.ts';
import type { VariableModel } from './dashboard-model.ts';
import type { DataSource } from './read-dashboards.ts';

/** What Prometheus is asked for variables; each answer may be empty. */
export interface VariableSource {
  labelNames(match: string | undefined): Promise<readonly string[]>;
  labelValues(label: string, match: string | undefined): Promise<readonly string[]>;
  /** Of an instant query: name, labels, value and milliseconds, as Grafana writes them. */
  queryResult(expr: string): Promise<readonly string[]>;
  /** Series as Grafana writes them. */
  series(match: string): Promise<readonly string[]>;
}

export interface Option {
  readonly text: string;
  readonly value: string;
}

const LABEL_NAMES = /^label_names\(\s*(?:(.+?)\s*)?\)\s*$/;
const LABEL_VALUES = /^label_values\((?:(.+),\s*)?([a-zA-Z_][a-zA-Z0-9_]*)\)\s*$/;
const METRICS = /^metrics\((.+)\)\s*$/;
const QUERY_RESULT = /^query_result\(([\s\S]+)\)\s*$/;

/** @param query its variables and macros replaced */
export async function queryOptions(
  { regex, sort }: VariableModel,
  query: string,
  prometheus: VariableSource,
): Promise<readonly Option[]> {
  return sorted(filtered(await asked(query.trim(), prometheus), regex ?? ''), sort ?? 0);
}

async function asked(query: string, prometheus: VariableSource): Promise<readonly string[]> {
  const names = LABEL_NAMES.exec(query);
  if (names) return prometheus.labelNames(names[1] === undefined ? undefined : `{__name__=~".*${names[1]}.*"}`);
  const values = LABEL_VALUES.exec(query);
  if (values?.[2] !== undefined) {
    const match = values[1]?.replaceAll(' ', '') === '{}' ? undefined : values[1];
    return prometheus.labelValues(values[2], match);
  }
  const metrics = METRICS.exec(query)?.[1];
  if (metrics !== undefined) {
    const pattern = patternOf(metrics);
    return (await prometheus.labelValues('__name__', undefined)).filter((name) => pattern.test(name));
  }
  const result = QUERY_RESULT.exec(query)?.[1];
  if (result !== undefined) return prometheus.queryResult(result);
  return query === '' ? [] : prometheus.series(query);
}

/** Texts that match; the first group, or those named `value` and `text`, instead of the whole. Each value once. */
function filtered(texts: readonly string[], regex: string): readonly Option[] {
  const body = /^\/([\s\S]*)\/[a-z]*$/.exec(regex)?.[1] ?? regex;
  const pattern = body === '' ? undefined : patternOf(body);
  const options = texts.flatMap((text): Option[] => {
    if (!pattern) return [{ text, value: text }];
    const groups = pattern.groupsOf(text);
    if (!groups) return [];
    const named = { text: groups.get('text'), value: groups.get('value') };
    const whole = groups.get('1') ?? text;
    const value = named.value ?? named.text ?? whole;
    return [{ text: named.text ?? value, value }];
  });
  return options.filter(({ value }, index) => options.findIndex((one) => one.value === value) === index);
}

function patternOf(text: string) {
  // the names of groups as RE2 has them
  const pattern = goPattern(text.replace(/\(\?<(?=[A-Za-z_])/g, '(?P<'));
  if (pattern) return pattern;
  throw new UnreadPattern(text);
}

/** A pattern that the linear engine does not take, such as one that looks ahead. */
export class UnreadPattern extends Error {}

/** 1 and 2 by text, 3 and 4 by the first number, 5 and 6 by text without case, 7 and 8 as people count. */
function sorted(options: readonly Option[], order: number): readonly Option[] {
  if (order === 0) return options;
  const collator = new Intl.Collator('en', { numeric: true });
  const numberIn = (text: string) => Number(/\d+/.exec(text)?.[0] ?? -1);
  const compare = [
    (a: string, b: string) => (a < b ? -1 : Number(a > b)),
    (a: string, b: string) => numberIn(a) - numberIn(b),
    (a: string, b: string) => a.toLowerCase().localeCompare(b.toLowerCase(), 'en'),
    collator.compare,
  ][Math.ceil(order / 2) - 1];
  if (!compare) return options;
  const up = options.toSorted((a, b) => compare(a.text, b.text));
  return order % 2 === 0 ? up.toReversed() : up;
}

/** `a, b : c, d\,e`: a comma is escaped by a backslash, a text goes before its value. */
export function customOptions(query: string): readonly Option[] {
  return [...query.matchAll(/(?:\\,|[^,])+/g)].map(([part]) => {
    const text = part.replaceAll('\\,', ',').trim();
    const [, shown, value] = /^(\S.*?)\s+:\s+(\S.*)$/.exec(text) ?? [];
    return { text: shown ?? text, value: value ?? text };
  });
}

export function sourceOptions({ regex }: VariableModel, type: string, known: readonly DataSource[]): readonly Option[] {
  const body = /^\/([\s\S]*)\/[a-z]*$/.exec(regex ?? '')?.[1] ?? regex ?? '';
  const pattern = body === '' ? undefined : patternOf(body);
  return known
    .filter((source) => source.type === type && (pattern?.test(source.name) ?? true))
    .map(({ name, uid }) => ({ text: name, value: uid ?? name }));
}
