/** What the parts of the evaluator ask of the whole: values of inner expressions, and errors that name the condition. */
import type { ConditionExpr } from './condition-tree.ts';
import type { ConditionValue } from './condition-value.ts';

export interface ConditionScope {
  readonly element: ConditionValue;
  readonly index: number;
  readonly accumulated: ConditionValue;
  readonly variables: Readonly<Record<string, ConditionValue>>;
}

export interface ConditionEvaluation {
  readonly result: ConditionValue;
  /** An error at run time, as expr reports it. */
  fails(problem: string): Error;
  /** What the oracle does not model. */
  refuses(what: string): Error;
  value(expr: ConditionExpr, scope: ConditionScope): ConditionValue;
  boolean(expr: ConditionExpr, scope: ConditionScope): boolean;
}
