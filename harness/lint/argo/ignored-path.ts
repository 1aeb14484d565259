/** What a path of `ignoreDifferences` takes out of a VirtualService. Pure. */

/**
 * - `routes`: whole HTTP routes, or all of them
 * - `destinations`: the list of destinations of a route, or whole entries of it
 * - `inside`: single fields inside of these lists, such as weights
 */
export type IgnoredPart = 'routes' | 'destinations' | 'inside';

/** A member by name, or any element of a list. */
type Step = string | typeof ELEMENT;
const ELEMENT = Symbol('element');

/** RFC 6901, such as `/spec/http/0/route/0/weight`. */
export function partOfPointer(pointer: string): IgnoredPart | undefined {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return partOf(steps.map((step) => (/^(\d+|-)$/.test(step) ? ELEMENT : step)));
}

/** A path of jq, with `select(...)` or not; undefined also for programs that are more than a path. */
export function partOfJqPath(expression: string): IgnoredPart | undefined {
  const plain = withoutSelect(expression).replace(/[\s|?]/g, '');
  const steps: Step[] = [];
  let rest = plain;
  while (rest !== '' && rest !== '.') {
    const found = /^(?:\.?\[\s*(?:-?\d*|-?\d*:-?\d*)\]|\.?\["([^"]*)"\]|\.*([A-Za-z_]\w*)|\.*"([^"]*)")/.exec(rest);
    if (!found) return undefined;
    steps.push(found[1] ?? found[2] ?? found[3] ?? ELEMENT);
    rest = rest.slice(found[0].length);
  }
  return partOf(steps);
}

/** A selection narrows down which elements, not what of them. */
function withoutSelect(expression: string): string {
  const start = expression.indexOf('select(');
  if (start < 0) return expression;
  let depth = 0;
  for (let at = start; at < expression.length; at += 1) {
    if (expression[at] === '(') depth += 1;
    if (expression[at] === ')') depth -= 1;
    if (depth === 0 && expression[at] === ')')
      return withoutSelect(expression.slice(0, start) + expression.slice(at + 1));
  }
  return expression;
}

function partOf(steps: readonly Step[]): IgnoredPart | undefined {
  const [spec, http, route, list, destination, ...field] = steps;
  if (spec !== 'spec') return undefined;
  if (http === undefined) return 'routes';
  if (http !== 'http') return undefined;
  if (route === undefined || list === undefined) return 'routes';
  if (list !== 'route') return 'inside';
  return destination === undefined || field.length === 0 ? 'destinations' : 'inside';
}
