/**
 * Where a field of an object that Helm rendered comes from. A template is no YAML, so its lines are searched for the keys
 * of the path in turn; where a loop or an included template hides them, the place is the nearest one above.
 */

import { formatPosition, type SourcePosition, type ValuePath } from '../../documents/yaml-source.ts';
import type { TracedDocument } from '../../lint/manifest-set.ts';

export interface ChartValues {
  readonly file: string;
  readonly document: TracedDocument;
}

export interface TemplatePlace {
  readonly file: string;
  readonly text: string;
  readonly kind: string;
  /** Which of the objects of this kind that the template made. */
  readonly ordinal: number;
  /** The one that wins first. */
  readonly chartValues: readonly ChartValues[];
  /** Filled as places are asked for: `file:line:column` to the chart value that stands there. */
  readonly values: Map<string, string>;
}

export function locateInTemplate(place: TemplatePlace): (path: ValuePath) => SourcePosition {
  const lines = place.text.split('\n');
  const start = startOf(lines, place.kind, place.ordinal);
  return (path) => {
    const line = lineOf(lines, start, path);
    const position = { path: place.file, line: line + 1, column: columnOf(lines[line]) };
    const value = valueAt(lines[line] ?? '', place.chartValues);
    if (value !== undefined) place.values.set(formatPosition(position), value);
    return position;
  };
}

/** The line after the `---` above the kind. */
function startOf(lines: readonly string[], kind: string, ordinal: number): number {
  const written = new Set([kind, `"${kind}"`, `'${kind}'`]);
  const found = lines.flatMap((line, index) =>
    line.startsWith('kind:') && written.has(line.slice('kind:'.length).split('#')[0]!.trim()) ? [index] : [],
  );
  const at = found[Math.min(ordinal, found.length - 1)] ?? 0;
  const mark = lines.slice(0, at).findLastIndex((line) => line.startsWith('---'));
  const first = mark + 1;
  const top = lines.findIndex((line, index) => index >= first && /^[\w"'-]+:/.test(line));
  return top < 0 ? first : top;
}

function lineOf(lines: readonly string[], start: number, path: ValuePath): number {
  let current = start;
  let indent = -1;
  for (const key of path) {
    const next = typeof key === 'number' ? itemLine(lines, current, indent, key) : keyLine(lines, current, indent, key);
    if (next === undefined) break;
    current = next;
    indent = indentOf(lines[current] ?? '');
  }
  return current;
}

function keyLine(lines: readonly string[], from: number, indent: number, key: string): number | undefined {
  const wanted = new RegExp(`^\\s*(?:- )?["']?${key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']?\\s*:`);
  // the key may stand on the line of the list item itself
  if (/^\s*- /.test(lines[from] ?? '') && wanted.test(lines[from] ?? '')) return from;
  for (let index = from + (indent < 0 ? 0 : 1); index < lines.length && !endsBlock(lines[index]!, indent); index += 1)
    if (wanted.test(lines[index]!)) return index;
  return undefined;
}

function itemLine(lines: readonly string[], from: number, indent: number, wanted: number): number | undefined {
  let itemIndent: number | undefined;
  let seen = -1;
  for (let index = from + 1; index < lines.length && !endsBlock(lines[index]!, indent); index += 1) {
    if (!/^\s*- /.test(lines[index]!)) continue;
    itemIndent ??= indentOf(lines[index]!);
    if (indentOf(lines[index]!) !== itemIndent) continue;
    seen += 1;
    if (seen === wanted) return index;
  }
  return undefined;
}

/** A line of YAML outside of the block; directives of the template may stand anywhere. */
function endsBlock(line: string, indent: number): boolean {
  if (line.startsWith('---')) return true;
  if (line.trim() === '' || /^\s*(\{\{|#)/.test(line)) return false;
  const own = indentOf(line);
  return own < indent || (own === indent && !/^\s*- /.test(line));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function columnOf(line: string | undefined): number {
  return line === undefined ? 1 : indentOf(line) + 1;
}

function valueAt(line: string, chartValues: readonly ChartValues[]): string | undefined {
  const name = /\.Values\.([\w.]+)/.exec(line)?.[1]?.replace(/\.$/, '');
  if (name === undefined) return undefined;
  const path = name.split('.');
  const holder = chartValues.find(({ document }) => has(document.value, path));
  if (!holder) return `.Values.${name}`;
  const { path: file, line: at } = holder.document.positionOf(path);
  return `.Values.${name} (${file}:${at})`;
}

function has(value: unknown, path: readonly string[]): boolean {
  return (
    path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined | null)?.[key], value) !==
    undefined
  );
}
