/** What an API server makes of a patch or an update: RFC 7396, RFC 6902, apply by merging, and its preconditions. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';

export type PatchAnswer = { readonly object: KubeObject } | { readonly status: number; readonly message: string };

interface PatchRequest {
  readonly method: string;
  readonly body: unknown;
  readonly contentType: string;
  readonly manager: string;
}

export function answerPatch(found: KubeObject, { method, body, contentType, manager }: PatchRequest): PatchAnswer {
  const isJson = contentType === 'application/json-patch+json';
  const applies = contentType === 'application/apply-patch+yaml';
  let next: KubeObject;
  try {
    next =
      method === 'PUT'
        ? (body as KubeObject)
        : isJson
          ? jsonPatched(found, body as readonly JsonOperation[])
          : (merged(found, body) as KubeObject);
  } catch (error) {
    return { status: 422, message: String(error) };
  }
  const { resourceVersion, uid, managedFields = [] } = next.metadata;
  if (resourceVersion !== found.metadata.resourceVersion)
    return { status: 409, message: 'the object has been modified; please apply your changes to the latest version' };
  if (uid !== found.metadata.uid) return { status: 422, message: 'metadata.uid: field is immutable' };
  const changesManagers = JSON.stringify(managedFields) !== JSON.stringify(found.metadata.managedFields ?? []);
  const entry = { manager, operation: applies ? 'Apply' : 'Update', fieldsV1: {} };
  const others = managedFields.filter((one) => one.manager !== manager || one.operation !== entry.operation);
  const entries = changesManagers ? managedFields : [...others, entry];
  return { object: { ...next, metadata: { ...next.metadata, managedFields: entries } } };
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  return result;
}

interface JsonOperation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

function jsonPatched(object: KubeObject, operations: readonly JsonOperation[]): KubeObject {
  const copy = structuredClone(object);
  for (const { op, path, value } of operations) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    let at = copy as unknown as Record<string, unknown>;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    if (op === 'test' && JSON.stringify(at[last]) !== JSON.stringify(value)) throw new Error(`test failed: ${path}`);
    if (op === 'replace' && !(last in at)) throw new Error(`nothing to replace: ${path}`);
    if (op === 'remove') delete at[last];
    else if (op !== 'test') at[last] = value;
  }
  return copy;
}
