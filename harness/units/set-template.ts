/**
 * Templates of ApplicationSets: `{{key}}` of fasttemplate, and the plain lookups of Go templates (`{{ .a.b }}`,
 * `{{ index .path.segments 1 }}`, a few functions). Anything more is refused, never guessed. Pure.
 */

export type Parameters = Readonly<Record<string, unknown>>;

export interface TemplateOptions {
  readonly goTemplate: boolean;
}

/** A template that needs more than is known here; the text says what. */
export class TemplateNotKnown extends Error {}

/** @throws TemplateNotKnown */
export function fillTemplate<Value>(value: Value, parameters: Parameters, options: TemplateOptions): Value {
  if (typeof value === 'string')
    return (options.goTemplate ? fillGo(value, parameters) : fillFast(value, parameters)) as Value;
  if (Array.isArray(value)) return value.map((entry) => fillTemplate(entry, parameters, options)) as Value;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        fillTemplate(key, parameters, options),
        fillTemplate(entry, parameters, options),
      ]),
    ) as Value;
  return value;
}

/** Unknown keys stay as they are, as in Argo CD. */
function fillFast(text: string, parameters: Parameters): string {
  return text.replace(/\{\{([^{}]+)\}\}/g, (whole, key: string) => {
    const found = own(parameters, key.trim());
    return found === undefined ? whole : String(found);
  });
}

const FUNCTIONS: Readonly<Record<string, (value: string) => string>> = {
  lower: (value) => value.toLowerCase(),
  upper: (value) => value.toUpperCase(),
  trim: (value) => value.trim(),
  quote: (value: string) => JSON.stringify(value),
  toString: (value: string) => value,
  normalize: normalized,
};

function fillGo(text: string, parameters: Parameters): string {
  // up to the next braces and no further, so that a long text without an end is read once
  return text.replace(/\{\{-?((?:(?!\{\{|\}\}).)*)\}\}/gs, (whole, body: string) => {
    const [head = '', ...pipes] = body
      .replace(/-$/, '')
      .split('|')
      .map((part) => part.trim());
    const functions = pipes.map((pipe) => own(FUNCTIONS, pipe));
    const value = lookUp(head, parameters);
    if (value === undefined || functions.includes(undefined))
      throw new TemplateNotKnown(`the template ${whole} is not evaluated`);
    return functions.reduce((text, apply) => apply!(text), String(value));
  });
}

function lookUp(expression: string, parameters: Parameters): unknown {
  const [, path, at] = /^index\s+(\.[\w.]+)\s+("?[\w.-]+"?)$/.exec(expression) ?? [];
  if (path !== undefined && at !== undefined) {
    const container = member(path, parameters) as Parameters | undefined;
    return own(container, at.replaceAll('"', ''));
  }
  const [, name, argument] = /^(\w+)\s+(\.[\w.]+)$/.exec(expression) ?? [];
  if (name !== undefined && argument !== undefined) {
    const value = member(argument, parameters);
    return value === undefined ? undefined : own(FUNCTIONS, name)?.(String(value));
  }
  return /^\.[\w.]+$/.test(expression) ? member(expression, parameters) : undefined;
}

function member(path: string, parameters: Parameters): unknown {
  return path
    .split('.')
    .filter((segment) => segment !== '')
    .reduce<unknown>((value, key) => own(value as Parameters | undefined, key), parameters);
}

/** What every object has from its prototype, such as `constructor`, is no parameter. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined | null, key: string): Value | undefined {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A name that Kubernetes accepts, as Argo CD's `basenameNormalized`. */
export function normalized(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^a-z0-9-.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '');
}

/** `{a: {b: 1}}` as `{'a.b': '1'}`: the parameters of fasttemplate. */
export function flattened(value: Parameters, prefix = ''): Parameters {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]): (readonly [string, unknown])[] =>
      typeof entry === 'object' && entry !== null
        ? Object.entries(flattened(entry as Parameters, `${prefix}${key}.`))
        : [[`${prefix}${key}`, entry]],
    ),
  );
}
