/** JSON pointers (RFC 6901) into plain values: read, set and remove without changing what was given. Pure. */

type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/** `/spec/template/metadata/labels/app.kubernetes.io~1name` → keys; empty for the whole document. */
export function pointerSegments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer of these keys and indices. */
export function pointerTo(...segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Undefined where nothing is there. */
export function valueAt(document: unknown, pointer: string): unknown {
  return pointerSegments(pointer).reduce<unknown>(
    (value, key) => (isContainer(value) ? childOf(value, key) : undefined),
    document,
  );
}

/**
 * A copy with this value there. Mappings on the way are made, entries of lists are not, except one right behind the last
 * (`-`, or its index).
 * @returns undefined when the way leads through a scalar, or beyond the end of a list
 */
export function withValueAt(document: unknown, pointer: string, value: unknown): unknown {
  return set(document, pointerSegments(pointer), value);
}

/** A copy without what is there; undefined when nothing is. */
export function withoutValueAt(document: unknown, pointer: string): unknown {
  return remove(document, pointerSegments(pointer));
}

function set(document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const target = document === undefined || document === null ? {} : document;
  if (!isContainer(target)) return undefined;
  const inner = set(childOf(target, key), rest, value);
  if (inner === undefined) return undefined;
  if (!isList(target)) return { ...target, [key]: inner };
  const index = key === '-' ? target.length : indexOf(key);
  if (index === undefined || index > target.length) return undefined;
  return [...target.slice(0, index), inner, ...target.slice(index + 1)];
}

function remove(document: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || !isContainer(document) || childOf(document, key) === undefined) return undefined;
  const last = rest.length === 0;
  const inner = last ? undefined : remove(childOf(document, key), rest);
  if (!last && inner === undefined) return undefined;
  if (isList(document)) {
    const index = indexOf(key)!;
    return [...document.slice(0, index), ...(last ? [] : [inner]), ...document.slice(index + 1)];
  }
  if (!last) return { ...document, [key]: inner };
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== key));
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function isList(value: Container): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Own keys only: `__proto__` and `constructor` are keys like any other. */
function childOf(container: Container, key: string): unknown {
  if (isList(container)) {
    const index = indexOf(key);
    return index === undefined ? undefined : container[index];
  }
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function indexOf(key: string): number | undefined {
  return /^(0|[1-9]\d*)$/.test(key) ? Number(key) : undefined;
}
