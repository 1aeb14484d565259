/**
 * Fields that the CustomResourceDefinitions of the pinned releases do not know. An API server drops them with a warning
 * that nobody reads; Argo CD refuses the object unless validation is off.
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asRecord, type Finding, findingAt, type ManifestObject, type ManifestSet, nameOf } from '../manifest-set.ts';
import { type Fields, type FieldTable, fieldsOfRow } from './field-table.ts';
import knownFields from './known-fields.json' with { type: 'json' };

/** UNKNOWN_FIELD: a warning, because the release in the cluster may be a newer one. */
export function unknownFieldFindings(set: ManifestSet, table: FieldTable = knownFields): readonly Finding[] {
  return set.objects.flatMap((object) =>
    unknownFields(object, table).map(({ path, name, beside }) => unknownField(table, object, beside, path, name)),
  );
}

export interface UnknownField {
  readonly path: ValuePath;
  readonly name: string;
  /** The fields that there are at that place. */
  readonly beside: Fields;
}

export function unknownFields(object: ManifestObject, table: FieldTable = knownFields): readonly UnknownField[] {
  const row = table.kinds[`${object.apiVersion} ${object.kind}`];
  return row === undefined ? [] : inside(table, object.value.spec, row, ['spec']);
}

function inside(table: FieldTable, value: unknown, row: number, path: ValuePath): readonly UnknownField[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => inside(table, item, row, [...path, index]));
  const fields = fieldsOfRow(table, row);
  const everyName = fields.get('*');
  return Object.entries(asRecord(value) ?? {}).flatMap(([name, inner]): readonly UnknownField[] => {
    const at = [...path, name];
    if (everyName !== undefined) return inside(table, inner, everyName, at);
    if (fields.has(name)) {
      const next = fields.get(name);
      return next === undefined ? [] : inside(table, inner, next, at);
    }
    // an empty one changes nothing, and generators leave metadata of pods behind
    if (inner === null || path.at(-1) === 'metadata') return [];
    return [{ path: at, name, beside: fields }];
  });
}

function unknownField(
  table: FieldTable,
  object: ManifestObject,
  fields: Fields,
  path: ValuePath,
  name: string,
): Finding {
  const parent = path.slice(0, -1).join('.');
  const near = [...fields.keys()].filter((known) => isNear(known, name));
  const hint = near.length > 0 ? `Is ${near.join(' or ')} meant?` : belongs(table, object, path, name);
  return findingAt(object, path, {
    code: 'UNKNOWN_FIELD',
    severity: 'warning',
    sentence: `${nameOf(object)} sets ${name} in ${parent}, a field that ${object.kind} does not have there: the cluster drops it`,
    hint: `${hint === '' ? '' : `${hint} `}Judged by ${table.sources.join(', ')}.`,
  });
}

/** Where on the way to it the kind has a field of that name, the nearest first. */
function belongs(table: FieldTable, object: ManifestObject, path: ValuePath, name: string): string {
  const row = table.kinds[`${object.apiVersion} ${object.kind}`];
  const [above] = path
    .map((_, depth) => path.slice(0, depth))
    .filter((at) => at.length > 0 && typeof at.at(-1) === 'string')
    .filter((at) => fieldsAt(table, row, at)?.has(name))
    .toReversed();
  if (above) return `It belongs in ${above.join('.')}.`;
  const elsewhere = table.rows.some((one) => one.split(' ').some((entry) => entry.split('=')[0] === name));
  return elsewhere ? 'It belongs at another place.' : '';
}

function fieldsAt(table: FieldTable, row: number | undefined, path: ValuePath): Fields | undefined {
  const names = path.slice(1).filter((step) => typeof step === 'string');
  return names.reduce<Fields | undefined>(
    (fields, step) => {
      const next = fields?.get(step) ?? fields?.get('*');
      return next === undefined ? undefined : fieldsOfRow(table, next);
    },
    row === undefined ? undefined : fieldsOfRow(table, row),
  );
}

/** The same but for case, one letter too many, too few or another one. */
function isNear(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  if (one === other) return true;
  if (Math.abs(one.length - other.length) > 1 || one.length < 4) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const rest = (text: string, from: number) => text.slice(from);
  return (
    rest(one, start + 1) === rest(other, start + 1) ||
    rest(one, start) === rest(other, start + 1) ||
    rest(one, start + 1) === rest(other, start)
  );
}
