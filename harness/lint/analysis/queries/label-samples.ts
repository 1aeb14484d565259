/** Values that labels of synthetic series may have, so that the selectors of a query find them. */
import type { LabelMatcher } from '../../../oracle/promql/series.ts';

/**
 * A value that all matchers of one label accept: of the candidates, of what `=` asks for, of what the regular
 * expressions spell out. Undefined when none was found, which does not prove that there is none.
 *
 * @param fits refuses a value for another reason
 */
export function sampleValue(
  matchers: readonly LabelMatcher[],
  candidates: readonly string[],
  fits: (value: string) => boolean = () => true,
): string | undefined {
  const asked = matchers.filter(({ operator }) => operator === '=').map(({ value }) => value);
  const spelled = matchers.filter(({ operator }) => operator === '=~').flatMap(({ value }) => textsOf(value));
  return [...asked, ...candidates, ...spelled, 'x', '1', ''].find(
    (value) => fits(value) && matchers.every(({ accepts }) => accepts(value)),
  );
}

/** Every value that the matchers name, whether they accept it or not: `5..` is 500, `2.*|3.*` is 200 and 300. */
export function namedValues(matchers: readonly LabelMatcher[]): readonly string[] {
  return matchers.flatMap(({ operator, value }) => (operator === '=' || operator === '!=' ? [value] : textsOf(value)));
}

/** A few texts that a simple regular expression accepts; alternatives one by one. */
function textsOf(pattern: string): readonly string[] {
  return alternatives(pattern).flatMap((one) => {
    const grouped = /^(.*)\(\?:([^()]*)\)(.*)$|^(.*)\(([^()]*)\)(.*)$/s.exec(one);
    if (!grouped) return [spelled(one)];
    const [before, inside, after] = [
      grouped[1] ?? grouped[4] ?? '',
      grouped[2] ?? grouped[5] ?? '',
      grouped[3] ?? grouped[6] ?? '',
    ];
    if (`${before}${inside}${after}`.includes('(')) return [spelled(one)];
    return inside.split('|').map((part) => spelled(`${before}${part}${after}`));
  });
}

/** Split at the bars outside of brackets. */
function alternatives(pattern: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const character of pattern) {
    if (character === '(' || character === '[') depth += 1;
    if (character === ')' || character === ']') depth -= 1;
    if (character === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function spelled(pattern: string): string {
  return pattern
    .replace(/^\(\?i\)/, '')
    .replace(/[\^$]/g, '')
    .replace(/\[\^[^\]]*\](\{\d+(,\d*)?\}|[+*?])?/g, 'x')
    .replace(/\[(.)[^\]]*\](\{\d+(,\d*)?\}|[+*?])?/g, '$1')
    .replace(/\\d(\{\d+(,\d*)?\}|[+*?])?/g, '0')
    .replace(/\\w(\{\d+(,\d*)?\}|[+*?])?/g, 'x')
    .replace(/\\(.)/g, '\uE000$1')
    .replace(/(?<!\uE000)\.\*\??/g, /^\d/.test(pattern) ? '00' : '')
    .replace(/(?<!\uE000)\.\+\??/g, /^\d/.test(pattern) ? '00' : 'x')
    .replace(/(?<!\uE000)\.(\{\d+(,\d*)?\})?/g, /^\d/.test(pattern) ? '0' : '.')
    .replace(/(?<!\uE000)[?+*]/g, '')
    .replace(/\uE000/g, '');
}
