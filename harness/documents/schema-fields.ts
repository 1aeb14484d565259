/** What a schema allows at a path of a value: the field names and, in a union, the names of its options. */
import type { z } from 'zod';
import type { ValuePath } from './yaml-source.ts';

export function valueAt(value: unknown, path: ValuePath): unknown {
  let current = value;
  for (const segment of path) current = (current as Record<string | number, unknown> | null | undefined)?.[segment];
  return current;
}

interface SchemaDefinition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
}

function definition(schema: z.ZodType): SchemaDefinition {
  const found = schema.def as unknown as SchemaDefinition;
  return found.innerType ? definition(found.innerType) : found;
}

/** The schema that applies at a path, following the value through discriminated unions. */
function schemaAt(schema: z.ZodType, path: ValuePath, value: unknown): SchemaDefinition | undefined {
  let found = definition(schema);
  let current = value;
  for (const segment of path) {
    found = chosenOption(found, current) ?? found;
    const next = typeof segment === 'number' ? found.element : found.shape?.[segment];
    if (!next) return undefined;
    found = definition(next);
    current = valueAt(current, [segment]);
  }
  return chosenOption(found, current) ?? found;
}

function chosenOption(found: SchemaDefinition, value: unknown): SchemaDefinition | undefined {
  const { discriminator } = found;
  if (!discriminator) return undefined;
  const wanted = valueAt(value, [discriminator]);
  return found.options
    ?.map(definition)
    .find(({ shape }) => shape && definition(shape[discriminator]!).values?.includes(wanted));
}

/** Fields of the mapping at this path; empty when it is not a mapping with known fields. */
export function knownFields(schema: z.ZodType, path: ValuePath, value: unknown): string[] {
  return Object.keys(schemaAt(schema, path, value)?.shape ?? {});
}

/** What the discriminating field of the union at this path may say; empty when there is no union. */
export function discriminators(schema: z.ZodType, path: ValuePath, value: unknown): string[] {
  const found = schemaAt(schema, path, value);
  if (!found?.discriminator) return [];
  return (found.options ?? []).flatMap((option) => {
    const literal = definition(option).shape?.[found.discriminator!];
    return literal ? (definition(literal).values ?? []).map(String) : [];
  });
}
