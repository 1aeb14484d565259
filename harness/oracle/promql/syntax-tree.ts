/**
 * PromQL text -> syntax tree of Prometheus' own grammar (@prometheus-io/lezer-promql), and steps in it. That grammar serves
 * an editor and recovers from errors; here every error node is an error.
 */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { syntaxError, unsupported } from './promql-error.ts';

/** Trees are walked by recursion, so what is longer or deeper than anybody writes is refused. */
const LONGEST = 10_000;
const DEEPEST = 500;

/** The node of the whole expression. Throws PROMQL_SYNTAX and PROMQL_UNSUPPORTED. */
export function syntaxTree(text: string): SyntaxNode {
  if (text.length > LONGEST)
    throw unsupported(`${text.slice(0, 100)}…`, { from: 0, to: 0 }, `more than ${LONGEST} characters`);
  const tree = treeOf(text);
  let depth = 0;
  tree.iterate({
    leave: () => {
      depth -= 1;
    },
    enter: (node) => {
      depth += 1;
      if (depth > DEEPEST) throw unsupported(text, node, `more than ${DEEPEST} levels`);
      if (node.type.isError)
        throw syntaxError(
          text,
          node,
          node.from >= text.trimEnd().length ? 'unexpected end' : `unexpected ${JSON.stringify(near(text, node.from))}`,
        );
    },
  });
  const top = tree.topNode.firstChild;
  if (!top) throw syntaxError(text, { from: 0, to: 0 }, 'empty expression');
  return top;
}

/** Recovering from errors, as an editor must, grows much faster than the text: only a short one is looked at so closely. */
const LONGEST_RECOVERED = 1000;
const strictParser = parser.configure({ strict: true });

function treeOf(text: string): ReturnType<typeof parser.parse> {
  if (text.length <= LONGEST_RECOVERED) return parser.parse(text);
  try {
    return strictParser.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const from = Number(/\d+$/.exec(error.message)?.[0] ?? 0);
    throw syntaxError(text, { from, to: from }, `unexpected ${JSON.stringify(near(text, from))}`);
  }
}

function near(text: string, from: number): string {
  return text.slice(from, from + 12).split(/\s/)[0]! || text.slice(from, from + 1);
}

/** Named children in order, without operators and brackets that carry no content. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name !== '⚠') found.push(child);
  return found;
}

export function textOf(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to);
}
