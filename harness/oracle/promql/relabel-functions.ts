/** label_replace and label_join (promql/functions.go, evalLabelReplace and evalLabelJoin). */
import { dropLabels, requireDistinct, type VectorSample } from './instant-vector.ts';
import { evaluationError } from './promql-error.ts';
import { anchoredPattern } from './promql-literals.ts';
import type { Labels } from './series.ts';

/**
 * @param texts the arguments after the vector
 * @throws HarnessError PROMQL_EVALUATION when two series become the same
 */
export function relabel(
  name: string,
  samples: readonly VectorSample[],
  texts: readonly string[],
): readonly VectorSample[] {
  const [target = '', second = '', ...rest] = texts;
  if (target === '') throw evaluationError(`invalid destination label name in ${name}()`);
  if (name === 'label_join')
    return requireDistinct(
      samples.map(({ labels, value }) => ({
        labels: withLabel(labels, target, rest.map((source) => labels[source] ?? '').join(second)),
        value,
      })),
    );
  const [source = '', regex = ''] = rest;
  const pattern = anchoredPattern(regex);
  if (!pattern) throw evaluationError(`the regular expression ${regex} is not known here`);
  return requireDistinct(
    samples.map(({ labels, value }) => {
      const found = pattern.groupsOf(labels[source] ?? '');
      return { labels: found ? withLabel(labels, target, expanded(second, found)) : labels, value };
    }),
  );
}

/** An empty value is no label. */
function withLabel(labels: Labels, name: string, value: string): Labels {
  return value === '' ? dropLabels(labels, [name]) : { ...labels, [name]: value };
}

/** Go's Regexp.Expand: `$1`, `${1}`, `$name` (as long as it can be), `$$`; an unknown name is empty. */
function expanded(template: string, found: ReadonlyMap<string, string>): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$';
    return found.get(braced ?? bare!) ?? '';
  });
}
