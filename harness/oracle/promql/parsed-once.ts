/** Queries that are asked again and again, at every measurement or tick or by many policies of a search, are parsed once. */
import { parsePromql } from './parse-promql.ts';
import type { PromExpr } from './promql-tree.ts';

/** A run asks a few dozen; more are other runs' in the same process. */
const MOST = 200;
const parsed = new Map<string, PromExpr>();

/** @throws what parsePromql throws, each time */
export function parsedOnce(text: string): PromExpr {
  const known = parsed.get(text);
  if (known) return known;
  const expr = parsePromql(text);
  if (parsed.size >= MOST) parsed.clear();
  parsed.set(text, expr);
  return expr;
}
