/**
 * Whether an object fits the schema of a CustomResourceDefinition, unknown fields included: an API server drops those
 * with a warning that nobody reads. Structural schemas as of Kubernetes' apiextensions/v1; pure.
 */
export interface StructuralSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** Every problem as `path: what is wrong`; empty when the value fits. */
export function schemaProblems(schema: StructuralSchema, value: unknown, path = ''): readonly string[] {
  const here = path === '' ? '(top)' : path;
  if (schema['x-kubernetes-int-or-string'])
    return typeof value === 'string' || Number.isInteger(value) ? [] : [`${here}: neither a number nor a text`];
  if (schema.enum && !schema.enum.includes(value)) return [`${here}: not one of ${schema.enum.join(', ')}`];
  if (schema.type !== undefined && !hasType(schema.type, value)) return [`${here}: not of type ${schema.type}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => schemaProblems(schema.items ?? {}, item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const missing = (schema.required ?? []).filter((name) => fields[name] === undefined);
  return [
    ...missing.map((name) => `${here}: lacks ${name}`),
    ...Object.entries(fields).flatMap(([name, field]) => fieldProblems(schema, name, field, `${path}.${name}`)),
  ];
}

function fieldProblems(schema: StructuralSchema, name: string, value: unknown, path: string): readonly string[] {
  const known = schema.properties?.[name];
  if (known) return schemaProblems(known, value, path);
  const { additionalProperties: more } = schema;
  if (typeof more === 'object') return schemaProblems(more, value, path);
  const open = more === true || schema['x-kubernetes-preserve-unknown-fields'] || schema.properties === undefined;
  return open ? [] : [`${path}: no such field`];
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
