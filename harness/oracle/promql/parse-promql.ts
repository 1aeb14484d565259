/**
 * PromQL text -> expression tree. What the Go parser refuses beyond the grammar (types, arities, quotes, empty selectors)
 * is an error. Throws PROMQL_SYNTAX and PROMQL_UNSUPPORTED.
 */
import type { SyntaxNode } from '@lezer/common';
import { syntaxError, unsupported } from './promql-error.ts';
import { FUNCTIONS } from './promql-functions.ts';
import { anchoredPattern, parseLength, parseNumber, parseString } from './promql-literals.ts';
import type { AggregateOperator, BinaryOperator, FixedTime, Place, PromExpr } from './promql-tree.ts';
import { checkTypes } from './promql-types.ts';
import { labelNames, readMatching } from './read-matching.ts';
import { readSelector } from './read-selector.ts';
import { children, syntaxTree, textOf } from './syntax-tree.ts';

export function parsePromql(text: string): PromExpr {
  const expr = read(syntaxTree(text), text);
  checkTypes(expr, text);
  return expr;
}

function read(node: SyntaxNode, text: string): PromExpr {
  const place = { from: node.from, to: node.to };
  switch (node.name) {
    case 'NumberDurationLiteral': {
      const value = parseNumber(textOf(node, text));
      if (value === undefined) throw syntaxError(text, place, 'bad number');
      return { kind: 'number', value, ...place };
    }
    case 'StringLiteral': {
      const value = parseString(textOf(node, text));
      if (value === undefined) throw syntaxError(text, place, 'bad string');
      return { kind: 'string', value, ...place };
    }
    case 'ParenExpr':
      return { kind: 'paren', inner: read(children(node)[0]!, text), ...place };
    case 'UnaryExpr': {
      const [operator, operand] = children(node);
      const inner = read(operand!, text);
      return textOf(operator!, text) === '-' ? { kind: 'negate', inner, ...place } : inner;
    }
    case 'VectorSelector':
      return { ...readSelector(node, text), ...place };
    case 'MatrixSelector': {
      const [inner, length] = children(node);
      const rangeMs = positiveLength(length!, text);
      return postfix(read(inner!, text), (target) => {
        if (target.kind !== 'selector' || target.rangeMs !== undefined || target.offsetMs !== 0)
          throw syntaxError(text, place, 'a range needs a selector before it (a subquery has a colon)');
        return { ...target, rangeMs, from: target.from, to: node.to };
      });
    }
    case 'SubqueryExpr': {
      const [inner, range, step] = children(node);
      const rangeMs = positiveLength(range!, text);
      const stepMs = step ? positiveLength(step, text) : undefined;
      return postfix(read(inner!, text), (target) => ({
        kind: 'subquery',
        inner: target,
        rangeMs,
        stepMs,
        offsetMs: 0,
        from: target.from,
        to: node.to,
      }));
    }
    case 'OffsetExpr': {
      const [inner, , length] = children(node);
      const offsetMs = parseLength(textOf(length!, text).replace(/\s/g, '').replace(/^\+/, ''));
      const signedMs = offsetMs ?? negativeLength(textOf(length!, text));
      if (signedMs === undefined) throw unsupported(text, place, 'arithmetic in an offset');
      return postfix(read(inner!, text), (target) => {
        if (target.kind !== 'selector' && target.kind !== 'subquery')
          throw syntaxError(text, place, 'an offset needs a selector or a subquery before it');
        return { ...target, offsetMs: signedMs, to: node.to };
      });
    }
    case 'StepInvariantExpr': {
      const parts = children(node);
      const at = fixedTime(parts.at(-1)!, text);
      return postfix(read(parts[0]!, text), (target) => {
        if (target.kind !== 'selector' && target.kind !== 'subquery')
          throw syntaxError(text, place, '@ needs a selector or a subquery before it');
        if (target.at !== undefined) throw syntaxError(text, place, '@ is given twice');
        return { ...target, at, to: node.to };
      });
    }
    case 'FunctionCall':
      return readCall(node, text, place);
    case 'AggregateExpr':
      return readAggregate(node, text, place);
    case 'BinaryExpr':
      return readBinary(node, text, place);
    default:
      throw unsupported(text, place, `${node.name}`);
  }
}

/** The editor's grammar lets `[5m]`, `offset` and `^` take a whole `-x` or `a + b`; Prometheus binds them tighter. */
function postfix(expr: PromExpr, apply: (target: PromExpr) => PromExpr): PromExpr {
  if (expr.kind === 'negate') return { ...expr, inner: postfix(expr.inner, apply) };
  if (expr.kind === 'binary') return { ...expr, right: postfix(expr.right, apply) };
  return apply(expr);
}

/** `@ 1609746000.5`, `@ start()`, `@ end()`: of an instant query both are its own instant. */
function fixedTime(node: SyntaxNode, text: string): FixedTime {
  if (node.name === 'AtModifierPreprocessors') return 'query';
  const seconds = parseNumber(textOf(node, text).replace(/\s/g, ''));
  if (seconds === undefined || !Number.isFinite(seconds)) throw syntaxError(text, node, 'bad timestamp after @');
  return Math.round(seconds * 1000);
}

function positiveLength(node: SyntaxNode, text: string): number {
  const lengthMs = parseLength(textOf(node, text).trim());
  if (lengthMs === undefined) throw unsupported(text, node, 'arithmetic in a duration');
  if (lengthMs <= 0) throw syntaxError(text, node, 'a duration must be greater than 0');
  return lengthMs;
}

function negativeLength(text: string): number | undefined {
  const found = /^-\s*(\S+)$/.exec(text.trim());
  const lengthMs = found ? parseLength(found[1]!) : undefined;
  return lengthMs === undefined ? undefined : -lengthMs;
}

function readCall(node: SyntaxNode, text: string, place: Place): PromExpr {
  const [identifier, body] = children(node);
  const name = textOf(identifier!, text);
  if (!(name in FUNCTIONS)) throw unsupported(text, place, `the function ${name}`);
  const args = children(body!).map((arg) => read(arg, text));
  const pattern = name === 'label_replace' ? args[4] : undefined;
  if (pattern?.kind === 'string' && !anchoredPattern(pattern.value))
    throw unsupported(text, pattern, `the regular expression ${JSON.stringify(pattern.value)}`);
  return { kind: 'call', name, args, ...place };
}

const AGGREGATES: ReadonlySet<string> = new Set<AggregateOperator>([
  'sum',
  'min',
  'max',
  'avg',
  'count',
  'group',
  'quantile',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
]);

function readAggregate(node: SyntaxNode, text: string, place: Place): PromExpr {
  const parts = children(node);
  const part = (name: string) => parts.find((child) => child.name === name);
  const operator = textOf(part('AggregateOp')!, text).toLowerCase();
  if (!AGGREGATES.has(operator)) throw unsupported(text, place, `the aggregation ${operator}`);
  const args = children(part('FunctionCallBody')!).map((arg) => read(arg, text));
  if (args.length === 0 || args.length > 2)
    throw syntaxError(text, place, `${operator} has a wrong number of arguments`);
  const modifier = part('AggregateModifier');
  const [keyword, labels] = modifier ? children(modifier) : [];
  return {
    kind: 'aggregate',
    operator: operator as AggregateOperator,
    inner: args.at(-1)!,
    parameter: args.length === 2 ? args[0] : undefined,
    without: keyword?.name === 'Without',
    labels: labels ? labelNames(labels, text) : [],
    ...place,
  };
}

function readBinary(node: SyntaxNode, text: string, place: Place): PromExpr {
  const parts = children(node);
  const modifiers = parts.slice(2, -1);
  if (modifiers.some(({ name }) => name === 'FillModifier')) throw unsupported(text, place, 'fill modifiers');
  const operator = textOf(parts[1]!, text).toLowerCase();
  if (operator === '</' || operator === '>/') throw unsupported(text, place, 'trimming of native histograms');
  const right = read(parts.at(-1)!, text);
  const build = (left: PromExpr): PromExpr => ({
    kind: 'binary',
    operator: operator as BinaryOperator,
    left,
    right,
    returnBool: modifiers.some(({ name }) => name === 'BoolModifier'),
    matching: readMatching(
      modifiers.find(({ name }) => name === 'MatchingModifierClause'),
      text,
    ),
    from: left.from,
    to: place.to,
  });
  const leftNode = parts[0]!;
  const left = read(leftNode, text);
  // `-1 ^ 2` is -(1 ^ 2): the sign of a number binds no tighter than that of anything else.
  if (operator === '^' && left.kind === 'number' && /^[-+]/.test(textOf(leftNode, text))) {
    const raised = build({ ...left, value: Math.abs(left.value) });
    return textOf(leftNode, text).startsWith('-') ? { kind: 'negate', inner: raised, ...place } : raised;
  }
  if (operator === '^' && left.kind === 'negate') return { ...left, inner: build(left.inner), to: place.to };
  return build(left);
}
