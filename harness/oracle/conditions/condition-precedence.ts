/** The precedences of expr 1.15 (parser/operator): `not` binds tighter than a comparison. */
import type { ConditionOperator } from './condition-tree.ts';

export const BINARY: Readonly<Record<string, readonly [precedence: number, operator: ConditionOperator]>> = {
  '||': [10, '||'],
  or: [10, '||'],
  '&&': [15, '&&'],
  and: [15, '&&'],
  '==': [20, '=='],
  '!=': [20, '!='],
  '<': [20, '<'],
  '>': [20, '>'],
  '<=': [20, '<='],
  '>=': [20, '>='],
  in: [20, 'in'],
  matches: [20, 'matches'],
  contains: [20, 'contains'],
  startsWith: [20, 'startsWith'],
  endsWith: [20, 'endsWith'],
  '..': [25, '..'],
  '+': [30, '+'],
  '-': [30, '-'],
  '*': [60, '*'],
  '/': [60, '/'],
  '%': [60, '%'],
  '**': [100, '**'],
  '^': [100, '**'],
  '??': [500, '??'],
};
export const UNARY: Readonly<Record<string, readonly [precedence: number, operator: '!' | '-' | '+']>> = {
  not: [50, '!'],
  '!': [50, '!'],
  '-': [90, '-'],
  '+': [90, '+'],
};
