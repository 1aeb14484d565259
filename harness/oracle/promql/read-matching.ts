/** Lists of labels in the syntax tree: what an aggregation groups by, and how two sides of an operator are matched. */
import type { SyntaxNode } from '@lezer/common';
import { syntaxError } from './promql-error.ts';
import { parseString } from './promql-literals.ts';
import type { VectorMatching } from './promql-tree.ts';
import { children, textOf } from './syntax-tree.ts';

export function labelNames(node: SyntaxNode, text: string): string[] {
  return children(node).map((label) => {
    if (label.name === 'LabelName') return textOf(label, text);
    const name = parseString(textOf(label, text));
    if (name === undefined) throw syntaxError(text, label, 'bad label name');
    return name;
  });
}

/** @param clause undefined: none is written */
export function readMatching(clause: SyntaxNode | undefined, text: string): VectorMatching {
  if (!clause) return { on: false, labels: [], many: undefined, include: [] };
  const parts = children(clause);
  const group = parts.find(({ name }) => name === 'GroupLeft' || name === 'GroupRight');
  const lists = parts.filter(({ name }) => name === 'GroupingLabels');
  const on = parts[0]!.name === 'On';
  const labels = labelNames(lists[0]!, text);
  const include = lists[1] ? labelNames(lists[1], text) : [];
  const both = on ? include.find((label) => labels.includes(label)) : undefined;
  if (both !== undefined) throw syntaxError(text, clause, `label ${both} must not be in on and in group at once`);
  return {
    on,
    labels,
    many: group === undefined ? undefined : group.name === 'GroupLeft' ? 'left' : 'right',
    include,
  };
}
