/** A vector selector of the syntax tree: its name and its label matchers, with the rules of the Go parser. */
import type { SyntaxNode } from '@lezer/common';
import { syntaxError, unsupported } from './promql-error.ts';
import { anchoredPattern, parseString } from './promql-literals.ts';
import type { SelectorExpr } from './promql-tree.ts';
import type { LabelMatcher } from './series.ts';

const METRIC_NAME = '__name__';

export function readSelector(node: SyntaxNode, text: string): SelectorExpr {
  const place = { from: node.from, to: node.to };
  const identifier = node.getChild('Identifier');
  const names = identifier ? [text.slice(identifier.from, identifier.to)] : [];
  const matchers: LabelMatcher[] = [];
  const list = node.getChild('LabelMatchers');
  for (let child = list?.firstChild; child; child = child.nextSibling) {
    const label = child.getChild('LabelName') ?? child.getChild('QuotedLabelName');
    if (child.name === 'QuotedLabelName') names.push(quoted(child, text));
    else if (label) {
      const name =
        label.name === 'LabelName' ? text.slice(label.from, label.to) : quoted(label.getChild('StringLiteral')!, text);
      const operator = child.getChild('MatchOp')!;
      const value = quoted(child.getChild('StringLiteral')!, text);
      matchers.push(
        matcher(name, text.slice(operator.from, operator.to) as LabelMatcher['operator'], value, child, text),
      );
    }
  }
  const [name, second] = names;
  if (second !== undefined || (name !== undefined && matchers.some(({ label }) => label === METRIC_NAME)))
    throw syntaxError(text, place, 'the metric name is given twice');
  if (name !== undefined) matchers.unshift(matcher(METRIC_NAME, '=', name, node, text));
  if (matchers.every(({ accepts }) => accepts('')))
    throw syntaxError(text, place, 'a selector must contain at least one matcher that does not match the empty text');
  return { kind: 'selector', name, matchers, rangeMs: undefined, offsetMs: 0, ...place };
}

function quoted(node: SyntaxNode, text: string): string {
  const value = parseString(text.slice(node.from, node.to));
  if (value === undefined) throw syntaxError(text, node, 'bad string');
  return value;
}

function matcher(
  label: string,
  operator: LabelMatcher['operator'],
  value: string,
  node: SyntaxNode,
  text: string,
): LabelMatcher {
  if (operator === '=') return { label, operator, value, accepts: (found) => found === value };
  if (operator === '!=') return { label, operator, value, accepts: (found) => found !== value };
  const pattern = anchoredPattern(value);
  if (!pattern) throw unsupported(text, node, `the regular expression ${JSON.stringify(value)}`);
  const accepts = operator === '=~' ? (found: string) => pattern.test(found) : (found: string) => !pattern.test(found);
  return { label, operator, value, accepts };
}
