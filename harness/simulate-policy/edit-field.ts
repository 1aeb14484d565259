/** One field of a YAML text changed or added, and not another byte of it. */
import {
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type Scalar,
  stringify,
  visit,
  type YAMLMap,
} from 'yaml';
import type { SourcePosition } from '../documents/yaml-source.ts';

export interface FieldEdit {
  /** Of the value; of the value of a neighbour in the same mapping when the field is new. */
  readonly at: Pick<SourcePosition, 'line' | 'column'>;
  readonly key: string;
  /** What stands at `at` today, as the parser reads it. */
  readonly stands: string | number;
  readonly to: string | number;
  readonly isNew: boolean;
}

/** @returns undefined where the text is no YAML, or something else stands at the place */
export function editField(text: string, edit: FieldEdit): string | undefined {
  const found = scalarAt(text, edit);
  if (!found) return undefined;
  const changed = edit.isNew ? inserted(text, found, edit) : replaced(text, found, edit);
  return changed !== undefined && parseAllDocuments(changed).every(({ errors }) => errors.length === 0)
    ? changed
    : undefined;
}

interface Found {
  readonly scalar: Scalar;
  readonly pair: Pair;
  readonly map: YAMLMap;
}

function scalarAt(text: string, { at, stands }: FieldEdit): Found | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  const offset = (lines.lineStarts[at.line - 1] ?? Number.NaN) + at.column - 1;
  let found: Found | undefined;
  for (const document of documents)
    if (document.errors.length === 0)
      visit(document, {
        Pair(_, pair, path) {
          const { value } = pair;
          const map = path.at(-1);
          if (!isScalar(value) || !isMap(map) || value.range?.[0] !== offset) return;
          if (String(value.value) === String(stands)) found = { scalar: value, pair, map };
        },
      });
  return found;
}

function replaced(text: string, { scalar, pair, map }: Found, { to }: FieldEdit): string {
  const [start, end] = scalar.range!;
  const isBlock = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
  const written = scalarText(to, map.flow ? undefined : columnOf(text, startOf(pair)));
  return `${text.slice(0, start)}${written}${isBlock && !written.endsWith('\n') ? '\n' : ''}${text.slice(end)}`;
}

function inserted(text: string, { scalar, pair, map }: Found, { key, to }: FieldEdit): string | undefined {
  const [, end] = scalar.range!;
  if (map.flow) return `${text.slice(0, end)}, ${key}: ${scalarText(to, undefined)}${text.slice(end)}`;
  const column = columnOf(text, startOf(pair));
  const lineEnd = text.indexOf('\n', end);
  const at = lineEnd < 0 ? text.length : lineEnd;
  return `${text.slice(0, at)}\n${' '.repeat(column)}${key}: ${scalarText(to, column).replace(/\n$/, '')}${text.slice(at)}`;
}

/** @param column of the key, from 0; undefined: inside braces, where a block cannot stand */
function scalarText(value: string | number, column: number | undefined): string {
  if (typeof value === 'number') return String(value);
  if (column === undefined || !value.includes('\n'))
    return stringify(value, {
      lineWidth: 0,
      ...(value.includes('\n') ? { defaultStringType: 'QUOTE_DOUBLE' } : {}),
    }).replace(/\n$/, '');
  const indent = ' '.repeat(column + 2);
  const [body, mark] = value.endsWith('\n') ? [value.slice(0, -1), '|'] : [value, '|-'];
  return `${mark}\n${body.replaceAll(/^(?=.)/gm, indent)}\n`;
}

function startOf(pair: Pair): number {
  return (pair.key as Scalar).range![0];
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
