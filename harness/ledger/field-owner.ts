/**
 * Who wrote this very field, from an object's managedFields: the newest write of the object is often somebody else's
 * (a status, an annotation), and blaming its writer would blame the wrong one.
 */

/** One entry of `metadata.managedFields`. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  /** Nested sets: `f:NAME` a field, `i:N` an index, `{}` a leaf or a list that is owned as a whole. */
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/**
 * @param path such as `['spec', 'http', 0, 'route', 1, 'weight']`
 * @returns the manager whose set holds the field or a whole that contains it; the deepest such, and the newest of
 *   equals; undefined when nobody's set does
 */
export function fieldOwner(
  managedFields: readonly ManagedFields[] | undefined,
  path: readonly (string | number)[],
): string | undefined {
  let best: { readonly depth: number; readonly time: string; readonly manager: string } | undefined;
  for (const { manager, time = '', fieldsV1 } of managedFields ?? []) {
    const depth = ownedDepth(fieldsV1, path);
    if (depth === undefined || manager === undefined) continue;
    if (!best || depth > best.depth || (depth === best.depth && time > best.time)) best = { depth, time, manager };
  }
  return best?.manager;
}

/** How deep along `path` the set owns; undefined when it only owns neighbours. */
function ownedDepth(set: unknown, path: readonly (string | number)[]): number | undefined {
  let node = set;
  for (const [depth, step] of path.entries()) {
    if (!isSet(node)) return undefined;
    if (depth > 0 && Object.keys(node).length === 0) return depth;
    node = node[typeof step === 'number' ? `i:${step}` : `f:${step}`];
  }
  return isSet(node) ? path.length : undefined;
}

function isSet(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The manager of the newest write of anything in the object, for what no set speaks of (a field that was removed). */
export function newestWriter(managedFields: readonly ManagedFields[] | undefined): string | undefined {
  return [...(managedFields ?? [])].sort((a, b) => (a.time ?? '').localeCompare(b.time ?? '')).at(-1)?.manager;
}
