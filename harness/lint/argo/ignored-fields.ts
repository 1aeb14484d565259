/** Names of the fields that a path of `ignoreDifferences` goes through; elements of lists are left out. Pure. */

/** RFC 6901, such as `/spec/template/spec/containers/0/image`. */
export function fieldsOfPointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .filter((step) => !/^(\d+|-)$/.test(step));
}

/** A path of jq, with `select(...)` or not; undefined for programs that are more than a path. */
export function fieldsOfJqPath(expression: string): readonly string[] | undefined {
  const plain = withoutSelect(expression).replaceAll(/[\s|?]/g, '');
  const fields: string[] = [];
  let rest = plain;
  while (rest !== '' && rest !== '.') {
    const found = /^(?:\.?\[(?:-?\d*|-?\d*:-?\d*)\]|\.?\["([^"]*)"\]|\.+([A-Za-z_]\w*)|\.+"([^"]*)")/.exec(rest);
    if (!found) return undefined;
    const name = found[1] ?? found[2] ?? found[3];
    if (name !== undefined) fields.push(name);
    rest = rest.slice(found[0].length);
  }
  return fields;
}

/** A selection narrows down which elements, not what of them. */
function withoutSelect(expression: string): string {
  const start = expression.indexOf('select(');
  if (start < 0) return expression;
  let depth = 0;
  for (let at = start + 'select'.length; at < expression.length; at += 1) {
    if (expression[at] === '(') depth += 1;
    if (expression[at] === ')') depth -= 1;
    if (depth === 0) return withoutSelect(expression.slice(0, start) + expression.slice(at + 1));
  }
  return expression;
}
