/**
 * Which fields of a JSON Schema no example shows. The options of a union are told apart by their one constant field, and
 * what stands in several places (a reference, a client path) is shown when its fields are shown in any of them.
 */
import { isDeepStrictEqual } from 'node:util';

interface ShownSchema {
  readonly properties?: Readonly<Record<string, ShownSchema>>;
  readonly items?: ShownSchema | boolean;
  readonly oneOf?: readonly ShownSchema[];
  readonly anyOf?: readonly ShownSchema[];
  readonly const?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ShownSchema>>;
}

type Visit = (schema: ShownSchema, examples: readonly unknown[], at: string) => void;

/**
 * @param document schema of a whole document @param examples documents, or parts of them
 * @returns paths such as `claims[hpa].path.host`, in the order of the schema; references inside it are not followed
 */
export function missingFields(document: ShownSchema, examples: readonly unknown[]): string[] {
  const name = document.$ref?.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~');
  const root = (name === undefined ? undefined : document.$defs?.[name]) ?? document;
  const pooled = new Map<string, unknown[]>();
  const pool: Visit = (schema, values, at) => {
    const shown = pooled.get(shapeOf(schema)) ?? [];
    pooled.set(shapeOf(schema), [...shown, ...values]);
    visitParts(schema, values, at, pool);
  };
  pool(root, examples, '');
  const missing: string[] = [];
  const seek: Visit = (schema, values, at) => {
    if (values.length === 0) missing.push(at);
    else visitParts(schema, pooled.get(shapeOf(schema)) ?? values, at, seek);
  };
  seek(root, examples, '');
  return missing;
}

function visitParts(schema: ShownSchema, values: readonly unknown[], at: string, visit: Visit): void {
  for (const option of schema.oneOf ?? schema.anyOf ?? []) {
    const constant = Object.entries(option.properties ?? {}).find(([, field]) => field.const !== undefined);
    // scalars and references: which of them a value is cannot be told by a field
    if (!constant) continue;
    const [name, { const: word }] = constant;
    const chosen = values.filter((value) => isDeepStrictEqual(fieldOf(value, name), word));
    visit(option, chosen, `${at}[${String(word)}]`);
  }
  if (typeof schema.items === 'object') visit(schema.items, values.flat(), at);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const shown = values.map((value) => fieldOf(value, name)).filter((value) => value !== undefined);
    visit(field, shown, at ? `${at}.${name}` : name);
  }
}

function shapeOf(schema: ShownSchema): string {
  return JSON.stringify({ ...schema, description: undefined });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
