/**
 * Variables in texts, as Grafana replaces them (`$name`, `[[name:format]]`, `${name.field:format}`), and their formats:
 * grafana/scenes, packages/scenes/src/variables/{constants.ts,interpolation/formatRegistry.ts}; what a query of Prometheus
 * gets without a format: grafana/grafana, packages/grafana-prometheus/src/{datasource.ts interpolateQueryExpr,escaping.ts}.
 */

export interface VariableValue {
  readonly name: string;
  /** A list where several can be chosen, or "All" is. */
  readonly value: string | readonly string[];
  readonly text: string;
  /** With `multi` or `includeAll` a value is made fit for a regular expression. */
  readonly isRegex: boolean;
  /** The "custom all value": put there as it is, whatever format is asked for. */
  readonly isVerbatim?: true;
}

/** Undefined: there is no such variable, and the text stays. */
export type FindVariable = (name: string) => VariableValue | undefined;

const VARIABLE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}/g;

export type DefaultFormat = (value: VariableValue) => string;

/** Names of the variables that the text reads. */
export function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(VARIABLE)].map(([, plain, square, , curly]) => plain ?? square ?? curly ?? '');
}

export function replaceVariables(text: string, find: FindVariable, format: DefaultFormat): string {
  return text.replace(
    VARIABLE,
    (
      match: string,
      plain?: string,
      square?: string,
      squareFormat?: string,
      curly?: string,
      _field?: string,
      curlyFormat?: string,
    ) => {
      const found = find(plain ?? square ?? curly ?? '');
      if (!found) return match;
      const asked = squareFormat ?? curlyFormat;
      if (found.isVerbatim) return String(found.value);
      return asked === undefined ? format(found) : formatted(found, asked);
    },
  );
}

const listOf = ({ value }: VariableValue): readonly string[] => (typeof value === 'string' ? [value] : value);

/** Grafana's own default, for everything but queries. */
export const asGlob: DefaultFormat = (variable) => {
  const list = listOf(variable);
  return list.length > 1 ? `{${list.join(',')}}` : list.join(',');
};

/** In a query of Prometheus, without a format. */
export const forPrometheus: DefaultFormat = (variable) => {
  const { value, isRegex } = variable;
  if (!isRegex)
    return typeof value === 'string' ? value.replaceAll('\\', '\\\\').replaceAll("'", "\\\\'") : value.join(',');
  return alternatives(listOf(variable).map(escapedInQuotes));
};

/** A regular expression inside of quotes: the backslashes are doubled. */
function escapedInQuotes(value: string): string {
  return value.replaceAll('\\', '\\\\\\\\').replace(/[$^*{}[\]+?.()|]/g, '\\\\$&');
}

function alternatives(list: readonly string[]): string {
  return list.length === 1 ? (list[0] ?? '') : `(${list.join('|')})`;
}

function formatted(variable: VariableValue, asked: string): string {
  const list = listOf(variable);
  const quoted = (quote: string) =>
    list.map((one) => `${quote}${one.replaceAll(quote, `\\${quote}`)}${quote}`).join(',');
  switch (asked.split(':')[0]) {
    case 'raw':
    case 'csv':
      return list.join(',');
    case 'regex':
      return alternatives(list.map((one) => one.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')));
    case 'pipe':
      return list.join('|');
    case 'join':
      return list.join(asked.split(':')[1] ?? ',');
    case 'distributed':
      return list.map((one, index) => (index === 0 ? one : `${variable.name}=${one}`)).join(',');
    case 'json':
      return typeof variable.value === 'string' ? variable.value : JSON.stringify(variable.value);
    case 'singlequote':
      return quoted("'");
    case 'doublequote':
      return quoted('"');
    case 'text':
      return variable.text;
    case 'percentencode':
      return encodeURIComponent(typeof variable.value === 'string' ? variable.value : `{${list.join(',')}}`);
    case 'queryparam':
      return list.map((one) => `var-${variable.name}=${encodeURIComponent(one)}`).join('&');
    default:
      return asGlob(variable);
  }
}
