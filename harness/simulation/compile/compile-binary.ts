/** Binary operators between compiled vectors and scalars; values by the oracle's own operator where it is not plain. */
import { binaryOperation } from '../../oracle/promql/binary-operation.ts';
import { dropLabels, keepLabels, METRIC_NAME, withoutName } from '../../oracle/promql/instant-vector.ts';
import { type BinaryExpr, isComparison, isSetOperator, type VectorMatching } from '../../oracle/promql/promql-tree.ts';
import { type Labels, labelKey } from '../../oracle/promql/series.ts';
import { asScalar, type CompiledNode, type CompiledVector, NotCompiled, type Slot, vector } from './compiled-vector.ts';

type Combine = (a: number, b: number) => number;

const PLAIN: Readonly<Record<string, Combine>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
};

export function compileBinary(expr: BinaryExpr, left: CompiledNode, right: CompiledNode): CompiledNode {
  if (left.type === 'vector' && right.type === 'vector')
    return isSetOperator(expr.operator) ? compileSet(expr, left, right) : compileMatched(expr, left, right);
  const combine = combineOf(expr);
  const filters = isComparison(expr.operator) && !expr.returnBool;
  if (left.type === 'vector' && right.type === 'scalar') {
    const number = right.value;
    return withScalar(left, filters, (value, timeMs) => combine(value, number(timeMs)));
  }
  if (right.type === 'vector' && left.type === 'scalar') {
    const number = left.value;
    return withScalar(right, filters, (value, timeMs) => combine(number(timeMs), value));
  }
  const [a, b] = [asScalar(left), asScalar(right)];
  return { type: 'scalar', value: (timeMs) => combine(a(timeMs), b(timeMs)) };
}

function combineOf(expr: BinaryExpr): Combine {
  return (
    PLAIN[expr.operator] ??
    ((a, b) => {
      const result = binaryOperation(expr, { type: 'scalar', value: a }, { type: 'scalar', value: b });
      return result.type === 'scalar' ? result.value : Number.NaN;
    })
  );
}

function withScalar(
  side: CompiledVector,
  filters: boolean,
  combine: (value: number, timeMs: number) => number,
): CompiledNode {
  return vector(
    side.slots.map(
      ({ labels, value }): Slot => ({
        labels: filters ? labels : withoutName(labels),
        value: (timeMs) => {
          const own = value(timeMs);
          if (own === undefined) return undefined;
          const result = combine(own, timeMs);
          if (!filters) return result;
          return result === 1 ? own : undefined;
        },
      }),
    ),
    side.ordered,
  );
}

function signatureOf(labels: Labels, { on, labels: named }: VectorMatching): string {
  return labelKey(on ? keepLabels(labels, named) : dropLabels(labels, [...named, METRIC_NAME]));
}

function compileMatched(expr: BinaryExpr, left: CompiledVector, right: CompiledVector): CompiledNode {
  const { matching } = expr;
  if (matching.many !== undefined) throw new NotCompiled('group_left and group_right');
  const partners = new Map<string, Slot>();
  for (const slot of right.slots) {
    const signature = signatureOf(slot.labels, matching);
    if (partners.has(signature)) throw new NotCompiled('several series for one match');
    partners.set(signature, slot);
  }
  if (new Set(left.slots.map(({ labels }) => signatureOf(labels, matching))).size < left.slots.length)
    throw new NotCompiled('several series for one match');
  const combine = combineOf(expr);
  const filters = isComparison(expr.operator) && !expr.returnBool;
  return vector(
    left.slots.flatMap((slot): Slot[] => {
      const partner = partners.get(signatureOf(slot.labels, matching));
      if (!partner) return [];
      const named = filters ? slot.labels : withoutName(slot.labels);
      return [
        {
          labels: matching.on ? keepLabels(named, matching.labels) : dropLabels(named, matching.labels),
          value: (timeMs) => {
            const a = slot.value(timeMs);
            if (a === undefined) return undefined;
            const b = partner.value(timeMs);
            if (b === undefined) return undefined;
            const result = combine(a, b);
            if (!filters) return result;
            return result === 1 ? a : undefined;
          },
        },
      ];
    }),
    left.ordered,
  );
}

function compileSet(expr: BinaryExpr, left: CompiledVector, right: CompiledVector): CompiledNode {
  const { operator, matching } = expr;
  const sharing = (slots: readonly Slot[], { labels }: Slot) => {
    const signature = signatureOf(labels, matching);
    return slots.filter((other) => signatureOf(other.labels, matching) === signature);
  };
  const isPresent = (slots: readonly Slot[], timeMs: number) => slots.some(({ value }) => value(timeMs) !== undefined);
  if (operator !== 'or') {
    const wanted = operator === 'and';
    return vector(
      left.slots.map((slot): Slot => {
        const partners = sharing(right.slots, slot);
        return {
          labels: slot.labels,
          value: (timeMs) => (isPresent(partners, timeMs) === wanted ? slot.value(timeMs) : undefined),
        };
      }),
      left.ordered,
    );
  }
  const rest = right.slots.map((slot): Slot => {
    const partners = sharing(left.slots, slot);
    return {
      labels: slot.labels,
      value: (timeMs) => (isPresent(partners, timeMs) ? undefined : slot.value(timeMs)),
    };
  });
  // equal labels are one sample, of whichever side has it; the two sides never have it at once
  const merged = left.slots.map((slot): Slot => {
    const same = rest.find(({ labels }) => labelKey(labels) === labelKey(slot.labels));
    if (!same) return slot;
    return { labels: slot.labels, value: (timeMs) => slot.value(timeMs) ?? same.value(timeMs) };
  });
  const keys = new Set(merged.map(({ labels }) => labelKey(labels)));
  const slots = [...merged, ...rest.filter(({ labels }) => !keys.has(labelKey(labels)))];
  return vector(slots, slots.length <= 1);
}
