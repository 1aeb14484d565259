/** A query over the modelled series, compiled once; shapes that are not compiled are evaluated by the oracle itself. */

import type { MetricResult } from '../../oracle/conditions/evaluate-condition.ts';
import { evaluatePromql } from '../../oracle/promql/evaluate-promql.ts';
import { dropLabels, keepLabels, METRIC_NAME, withoutName } from '../../oracle/promql/instant-vector.ts';
import {
  type AggregateExpr,
  type CallExpr,
  type PromExpr,
  type SelectorExpr,
  type SubqueryExpr,
  unwrapped,
} from '../../oracle/promql/promql-tree.ts';
import { labelKey, matches } from '../../oracle/promql/series.ts';
import { vectorFunction } from '../../oracle/promql/vector-functions.ts';
import { asOracleSeries, type ModelledSeries } from '../modelled-series.ts';
import { compileBinary } from './compile-binary.ts';
import { combined, histogramQuantile, mapped, sumOf } from './compile-groups.ts';
import { overSelector, overSubquery } from './compile-windows.ts';
import { asScalar, asVector, type CompiledNode, NotCompiled, type Slot, vector } from './compiled-vector.ts';

const LOOKBACK_MS = 300_000;

export interface CompiledQuery {
  readonly evaluatedBy: 'compiled' | 'oracle';
  /** @throws HarnessError PROMQL_EVALUATION where Prometheus would answer with an error */
  readonly evaluate: (timeMs: number) => MetricResult;
  /** Forgets what a run has seen. */
  readonly clear: () => void;
}

export function compileQuery(expr: PromExpr, series: readonly ModelledSeries[]): CompiledQuery {
  const compiler = new QueryCompiler(series);
  try {
    const node = compiler.compile(expr);
    return { evaluatedBy: 'compiled', evaluate: resultOf(node), clear: () => compiler.clear() };
  } catch (error) {
    if (!(error instanceof NotCompiled)) throw error;
    return { evaluatedBy: 'oracle', evaluate: (timeMs) => askOracle(expr, series, timeMs), clear: () => undefined };
  }
}

/** The judge of the compiled path. */
export function askOracle(expr: PromExpr, series: readonly ModelledSeries[], timeMs: number): MetricResult {
  const value = evaluatePromql(expr, asOracleSeries(series, timeMs), timeMs);
  if (value.type === 'scalar') return value.value;
  return value.type === 'vector' ? value.samples.map((sample) => sample.value) : Number.NaN;
}

function resultOf(node: CompiledNode): CompiledQuery['evaluate'] {
  if (node.type === 'scalar') return node.value;
  if (node.slots.length > 1 && !node.ordered) throw new NotCompiled('the order of several results');
  return (timeMs) => {
    const values: number[] = [];
    for (const { value } of node.slots) {
      const found = value(timeMs);
      if (found !== undefined) values.push(found);
    }
    return values;
  };
}

class QueryCompiler {
  readonly #series: readonly ModelledSeries[];
  readonly #memories: Map<number, number | undefined>[] = [];

  constructor(series: readonly ModelledSeries[]) {
    this.#series = series;
  }

  clear(): void {
    for (const memory of this.#memories) memory.clear();
  }

  compile(expr: PromExpr): CompiledNode {
    switch (expr.kind) {
      case 'number': {
        const { value } = expr;
        return { type: 'scalar', value: () => value };
      }
      case 'string':
        throw new NotCompiled('a text');
      case 'paren':
        return this.compile(expr.inner);
      case 'negate': {
        const inner = this.compile(expr.inner);
        if (inner.type === 'scalar') return { type: 'scalar', value: (timeMs) => -inner.value(timeMs) };
        return vector(
          mapped(inner.slots, (value) => -value),
          inner.ordered,
        );
      }
      case 'selector':
        if (expr.rangeMs !== undefined) throw new NotCompiled('a range outside a function');
        return vector(
          this.#selected(expr).map(({ labels, column }) => ({
            labels,
            value: (timeMs) => column.valueAt(timeMs - expr.offsetMs, LOOKBACK_MS),
          })),
        );
      case 'subquery':
        throw new NotCompiled('a subquery outside a function');
      case 'aggregate':
        return this.#aggregate(expr);
      case 'binary':
        return compileBinary(expr, this.compile(expr.left), this.compile(expr.right));
      case 'call':
        return this.#call(expr);
    }
  }

  #selected(expr: SelectorExpr): readonly ModelledSeries[] {
    return this.#series.filter(({ labels }) => matches(labels, expr.matchers));
  }

  #aggregate(expr: AggregateExpr): CompiledNode {
    const inner = asVector(this.compile(expr.inner));
    if (!inner.ordered) throw new NotCompiled('the order of a sum');
    const parameter = expr.parameter ? asScalar(this.compile(expr.parameter)) : () => Number.NaN;
    const groups = new Map<string, { readonly labels: ModelledSeries['labels']; readonly slots: Slot[] }>();
    for (const slot of inner.slots) {
      const labels = expr.without
        ? dropLabels(slot.labels, [...expr.labels, METRIC_NAME])
        : keepLabels(slot.labels, expr.labels);
      const key = labelKey(labels);
      const group = groups.get(key);
      if (group) group.slots.push(slot);
      else groups.set(key, { labels, slots: [slot] });
    }
    const slots = [...groups.values()].map(
      ({ labels, slots: members }): Slot => ({
        labels,
        value: expr.operator === 'sum' ? sumOf(members) : combined(expr, members, parameter),
      }),
    );
    return vector(slots, slots.length <= 1);
  }

  #call(expr: CallExpr): CompiledNode {
    const { name, args } = expr;
    if (name === 'time') return { type: 'scalar', value: (timeMs) => timeMs / 1000 };
    if (name === 'vector') {
      const value = asScalar(this.compile(args[0]!));
      return vector([{ labels: {}, value }]);
    }
    const range = args
      .map(unwrapped)
      .find((arg) => arg.kind === 'subquery' || (arg.kind === 'selector' && arg.rangeMs !== undefined));
    if (range?.kind === 'subquery' || range?.kind === 'selector') return this.#overRange(expr, range);
    if (name === 'scalar' || name.startsWith('absent') || name.startsWith('sort')) throw new NotCompiled(name);
    const nodes = args.map((arg) => this.compile(arg));
    const numbers = nodes.flatMap((node) => (node.type === 'scalar' ? [node.value] : []));
    const inner = asVector(nodes.find(({ type }) => type === 'vector') ?? nodes[0]!);
    if (name === 'histogram_quantile') return histogramQuantile(numbers[0]!, inner.slots);
    return vector(
      inner.slots.map(({ labels, value }) => ({
        labels: withoutName(labels),
        value: (timeMs) => {
          const own = value(timeMs);
          if (own === undefined) return undefined;
          const one = vectorFunction(
            name,
            [{ labels: {}, value: own }],
            numbers.map((number) => number(timeMs)),
          );
          return one?.[0]?.value;
        },
      })),
      inner.ordered,
    );
  }

  #overRange({ name, args }: CallExpr, range: SelectorExpr | SubqueryExpr): CompiledNode {
    const quantile = name === 'quantile_over_time' ? asScalar(this.compile(args[0]!)) : undefined;
    if (range.kind === 'selector') return overSelector(name, range, this.#selected(range), quantile);
    return overSubquery(name, range, asVector(this.compile(range.inner)), quantile, () => {
      const memory = new Map<number, number | undefined>();
      this.#memories.push(memory);
      return memory;
    });
  }
}
