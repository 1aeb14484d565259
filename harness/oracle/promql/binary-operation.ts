/** Binary operators between scalars and instant vectors (promql/engine.go: scalarBinop, VectorBinop, VectorAnd/Or/Unless). */
import {
  dropLabels,
  keepLabels,
  METRIC_NAME,
  type PromValue,
  type VectorSample,
  withoutName,
} from './instant-vector.ts';
import { evaluationError } from './promql-error.ts';
import {
  type ArithmeticOperator,
  type BinaryExpr,
  type ComparisonOperator,
  isComparison,
  isSetOperator,
  type SetOperator,
  type VectorMatching,
} from './promql-tree.ts';
import { type Labels, labelKey } from './series.ts';

type ValueOperator = ArithmeticOperator | ComparisonOperator;
type Operation = Pick<BinaryExpr, 'operator' | 'returnBool' | 'matching'>;

export function binaryOperation(operation: Operation, left: PromValue, right: PromValue): PromValue {
  const { operator, returnBool, matching } = operation;
  if (left.type === 'vector' && right.type === 'vector') {
    const samples = isSetOperator(operator)
      ? combineSets(operator, left.samples, right.samples, matching)
      : matchVectors({ operator, returnBool, matching }, left.samples, right.samples);
    return { type: 'vector', samples };
  }
  const valueOperator = operator as ValueOperator;
  if (left.type === 'vector')
    return withScalar(valueOperator, returnBool, left.samples, (value) => [value, numberOf(right)]);
  if (right.type === 'vector')
    return withScalar(valueOperator, returnBool, right.samples, (value) => [numberOf(left), value]);
  return { type: 'scalar', value: apply(valueOperator, numberOf(left), numberOf(right)) };
}

function numberOf(value: PromValue): number {
  return value.type === 'scalar' ? value.value : Number.NaN;
}

function withScalar(
  operator: ValueOperator,
  returnBool: boolean,
  samples: readonly VectorSample[],
  operands: (value: number) => readonly [number, number],
): PromValue {
  return {
    type: 'vector',
    samples: samples.flatMap(({ labels, value }): VectorSample[] => {
      const result = apply(operator, ...operands(value));
      if (!isComparison(operator) || returnBool) return [{ labels: withoutName(labels), value: result }];
      // A comparison filters: the vector's own value stays, whichever side it is on.
      return result === 1 ? [{ labels, value }] : [];
    }),
  };
}

/** Comparisons give 1 or 0. */
function apply(operator: ValueOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      // Go: 1 to the power of anything is 1, and so is -1 to an infinite power.
      return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
    case 'atan2':
      return Math.atan2(a, b);
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '>':
      return Number(a > b);
    case '<':
      return Number(a < b);
    case '>=':
      return Number(a >= b);
    case '<=':
      return Number(a <= b);
  }
}

function signatureOf(labels: Labels, { on, labels: named }: VectorMatching): string {
  return labelKey(on ? keepLabels(labels, named) : dropLabels(labels, [...named, METRIC_NAME]));
}

function matchVectors(
  { operator, returnBool, matching }: Operation & { readonly operator: ValueOperator },
  left: readonly VectorSample[],
  right: readonly VectorSample[],
): readonly VectorSample[] {
  if (left.length === 0 || right.length === 0) return [];
  const swapped = matching.many === 'right';
  const [manySide, oneSide] = swapped ? [right, left] : [left, right];
  const partners = new Map<string, VectorSample>();
  for (const sample of oneSide) {
    const signature = signatureOf(sample.labels, matching);
    if (partners.has(signature))
      throw evaluationError(
        `found duplicate series for the match group on the ${swapped ? 'left' : 'right'} hand-side of the operation`,
      );
    partners.set(signature, sample);
  }
  const seen = new Set<string>();
  return manySide.flatMap((sample): VectorSample[] => {
    const signature = signatureOf(sample.labels, matching);
    const partner = partners.get(signature);
    if (!partner) return [];
    const [a, b] = swapped ? [partner.value, sample.value] : [sample.value, partner.value];
    const result = apply(operator, a, b);
    const labels = resultLabels(sample.labels, partner.labels, { operator, returnBool, matching });
    const once = matching.many === undefined ? signature : `${signature}${labelKey(labels)}`;
    if (seen.has(once))
      throw evaluationError(
        matching.many === undefined
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      );
    seen.add(once);
    if (!isComparison(operator) || returnBool) return [{ labels, value: result }];
    return result === 1 ? [{ labels, value: a }] : [];
  });
}

function resultLabels(many: Labels, one: Labels, { operator, returnBool, matching }: Operation): Labels {
  let labels = !isComparison(operator) || returnBool ? withoutName(many) : many;
  if (matching.many === undefined)
    labels = matching.on ? keepLabels(labels, matching.labels) : dropLabels(labels, matching.labels);
  for (const label of matching.include) {
    const value = one[label];
    labels = value ? { ...labels, [label]: value } : dropLabels(labels, [label]);
  }
  return labels;
}

function combineSets(
  operator: SetOperator,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
  matching: VectorMatching,
): readonly VectorSample[] {
  const signatures = (samples: readonly VectorSample[]) =>
    new Set(samples.map(({ labels }) => signatureOf(labels, matching)));
  if (operator === 'or') {
    const known = signatures(left);
    return [...left, ...right.filter(({ labels }) => !known.has(signatureOf(labels, matching)))];
  }
  const known = signatures(right);
  return left.filter(({ labels }) => known.has(signatureOf(labels, matching)) === (operator === 'and'));
}
