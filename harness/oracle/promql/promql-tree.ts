/** The expressions that the oracle can evaluate: PromQL without native histograms and experimental functions. */
import type { LabelMatcher } from './series.ts';

export interface Place {
  /** Offsets in the text of the expression. */
  readonly from: number;
  readonly to: number;
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export interface SelectorExpr extends Place {
  readonly kind: 'selector';
  readonly name: string | undefined;
  /** Includes the matcher of `__name__`, if the selector has a name. */
  readonly matchers: readonly LabelMatcher[];
  /** Set for range selectors (`[5m]`). */
  readonly rangeMs: number | undefined;
  readonly offsetMs: number;
  readonly at?: FixedTime;
}

/** `@`: an instant in milliseconds since 1970, or the instant of the whole query (`start()`, `end()`). */
export type FixedTime = number | 'query';

export interface SubqueryExpr extends Place {
  readonly kind: 'subquery';
  readonly inner: PromExpr;
  readonly rangeMs: number;
  /** Undefined: the server's evaluation interval. */
  readonly stepMs: number | undefined;
  readonly offsetMs: number;
  readonly at?: FixedTime;
}

export interface CallExpr extends Place {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly PromExpr[];
}

export interface AggregateExpr extends Place {
  readonly kind: 'aggregate';
  readonly operator: AggregateOperator;
  readonly inner: PromExpr;
  readonly parameter: PromExpr | undefined;
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface VectorMatching {
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The side that may have several series for one match. */
  readonly many: 'left' | 'right' | undefined;
  /** Labels that the many-side takes over from the other one. */
  readonly include: readonly string[];
}

export interface BinaryExpr extends Place {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: PromExpr;
  readonly right: PromExpr;
  readonly returnBool: boolean;
  readonly matching: VectorMatching;
}

export type PromExpr =
  | SelectorExpr
  | SubqueryExpr
  | CallExpr
  | AggregateExpr
  | BinaryExpr
  | (Place & { readonly kind: 'number'; readonly value: number })
  | (Place & { readonly kind: 'string'; readonly value: string })
  | (Place & { readonly kind: 'negate'; readonly inner: PromExpr })
  | (Place & { readonly kind: 'paren'; readonly inner: PromExpr });

export type AggregateOperator =
  | 'sum'
  | 'min'
  | 'max'
  | 'avg'
  | 'count'
  | 'group'
  | 'quantile'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values';
export type SetOperator = 'and' | 'or' | 'unless';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type BinaryOperator = SetOperator | ComparisonOperator | ArithmeticOperator;

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const SETS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return COMPARISONS.has(operator);
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return SETS.has(operator);
}

/** Without the brackets around it. */
export function unwrapped(expr: PromExpr): PromExpr {
  return expr.kind === 'paren' ? unwrapped(expr.inner) : expr;
}

/** Direct parts of an expression, in the order of the text. */
export function childrenOf(expr: PromExpr): readonly PromExpr[] {
  switch (expr.kind) {
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.parameter ? [expr.parameter, expr.inner] : [expr.inner];
    case 'binary':
      return [expr.left, expr.right];
    case 'subquery':
    case 'negate':
    case 'paren':
      return [expr.inner];
    default:
      return [];
  }
}
