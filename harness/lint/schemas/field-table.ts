/**
 * The names of fields that CustomResourceDefinitions know, in a table small enough to be shipped: each different mapping
 * is one row, and rows name each other. Nothing of a schema is kept but names, because a cluster drops what has no name
 * there; types and bounds are checked by the API server, which says so.
 */
import { asList, asRecord } from '../manifest-set.ts';

export interface FieldTable {
  /** What it was made from. */
  readonly sources: readonly string[];
  /** `group/version Kind` -> row. */
  readonly kinds: Readonly<Record<string, number>>;
  /** `name` for a field with any content, `name=row` for one with fields of its own; `*=row` for every name. */
  readonly rows: readonly string[];
}

/** A mapping's fields; `undefined` as content means anything. */
export type Fields = ReadonlyMap<string, number | undefined>;

/** By table, its rows as far as they were asked for: every object of a kind asks for the same ones. */
const known = new WeakMap<FieldTable, Map<number, Fields>>();

export function fieldsOfRow(table: FieldTable, row: number): Fields {
  const rows = known.get(table) ?? new Map<number, Fields>();
  known.set(table, rows);
  const found = rows.get(row) ?? readRow(table, row);
  rows.set(row, found);
  return found;
}

function readRow(table: FieldTable, row: number): Fields {
  return new Map(
    (table.rows[row] ?? '').split(' ').map((entry) => {
      const [name = '', inner] = entry.split('=');
      return [name, inner === undefined ? undefined : Number(inner)] as const;
    }),
  );
}

/** @param definitions CustomResourceDefinitions as parsed YAML; those of other kinds are left out */
export function tableOf(
  definitions: readonly unknown[],
  wanted: ReadonlySet<string>,
  sources: readonly string[],
): FieldTable {
  const rows: string[] = [];
  const rowOf = (text: string): number => {
    const known = rows.indexOf(text);
    return known >= 0 ? known : rows.push(text) - 1;
  };
  /** Undefined where the schema takes anything. Lists are as their items. */
  const visit = (value: unknown): number | undefined => {
    const schema = asRecord(value) ?? {};
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return undefined;
    if (schema.type === 'array') return visit(schema.items);
    const more = asRecord(schema.additionalProperties);
    const inner = more && visit(more);
    if (more) return inner === undefined ? undefined : rowOf(`*=${inner}`);
    const properties = Object.entries(asRecord(schema.properties) ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
    if (properties.length === 0) return undefined;
    return rowOf(
      properties
        .map(([name, one]) => {
          const row = visit(one);
          return row === undefined ? name : `${name}=${row}`;
        })
        .join(' '),
    );
  };
  const kinds = definitions.flatMap((definition) => {
    const spec = asRecord(asRecord(definition)?.spec);
    const kind = String(asRecord(spec?.names)?.kind);
    if (!wanted.has(kind)) return [];
    return asList(spec?.versions).flatMap((version) => {
      const { name, schema } = asRecord(version) ?? {};
      const row = visit(asRecord(asRecord(asRecord(asRecord(schema)?.openAPIV3Schema)?.properties)?.spec));
      return row === undefined ? [] : [[`${String(spec?.group)}/${String(name)} ${kind}`, row] as const];
    });
  });
  return { sources, kinds: Object.fromEntries(kinds.toSorted(([a], [b]) => (a < b ? -1 : 1))), rows };
}
