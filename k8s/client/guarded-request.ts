/**
 * The one way by which anything is written to a cluster that others use too. It stands below the client, at the request:
 * a verb that the client learns tomorrow is guarded already.
 *
 * Something is made by POST, which takes nothing over; something is changed or deleted only when it was read and found
 * to be ours, and only in the state in which it was read (uid and resourceVersion). Only 404 is absence.
 */
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ApiError, type ApiRequest, type ApiRequestOptions, parseAnswer } from './api-request.ts';
import { createDiscovery } from './apply.ts';
import { createBackoff, pause } from './backoff.ts';
import { asAppliedPatch } from './field-managers.ts';
import type { KubeObject } from './object.ts';
import { isObject, type OwnerRules, ownerRules } from './owner-rules.ts';
import { foreignError, isMadeBy, marked, type ObjectPlace, type Ownership } from './ownership.ts';
import { collectionOfTarget, parseTarget, placeOf, type RequestTarget } from './request-target.ts';

export interface Guard {
  readonly owner: Ownership;
  /** Whether something new may be put into a namespace of others, where it can change what their programs do. */
  readonly mayShare: (object: KubeObject, place: ObjectPlace) => boolean;
}

/** For an object that somebody else keeps changing. */
export interface Patience {
  readonly tries: number;
  readonly firstMs: number;
  readonly capMs: number;
}
const PATIENCE: Patience = { tries: 10, firstMs: 20, capMs: 1_000 };
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const JSON_BODY = 'application/json';

/**
 * @throws HarnessError OBJECT_FOREIGN, SHARED_OBJECT_NOT_ALLOWED, WRITE_UNGUARDED with nothing written; ApiError of any
 *   answer but 2xx, 409 included when somebody keeps changing the object
 */
export function guardedRequest(request: ApiRequest, guard: Guard, patience = PATIENCE): ApiRequest {
  const rules = ownerRules(request, createDiscovery(request), guard.owner);
  return async (method, path, options = {}) => {
    if (method === 'GET' || method === 'HEAD') return request(method, path, options);
    const target = parseTarget(path);
    if (target === undefined) throw unguarded(method, path);
    const write: Write = { request, rules, guard, method, path, target, options };
    if (method === 'POST' && target.name === undefined) return create(write);
    if (target.name === undefined || !['POST', 'PUT', 'PATCH', 'DELETE'].includes(method))
      throw unguarded(method, path);
    return untilNoConflict(patience, write.options.signal, (state) => change(write, target.name ?? '', state));
  };
}

interface Write {
  readonly request: ApiRequest;
  readonly rules: OwnerRules;
  readonly guard: Guard;
  readonly method: string;
  readonly path: string;
  readonly target: RequestTarget;
  readonly options: ApiRequestOptions;
}

/** What one try hands to the next. */
interface Tries {
  firstUid?: string;
}

/** Somebody who changes the object meanwhile is no error: it is read, and judged, again. */
async function untilNoConflict(
  patience: Patience,
  signal: AbortSignal | undefined,
  work: (tries: Tries) => Promise<string>,
): Promise<string> {
  const backoff = createBackoff(patience);
  const tries: Tries = {};
  for (let left = patience.tries; ; left -= 1) {
    try {
      return await work(tries);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409) || left === 1) throw error;
      await pause(backoff.next(), signal);
      signal?.throwIfAborted();
    }
  }
}

async function change(write: Write, name: string, tries: Tries): Promise<string> {
  const { request, method, path, target, options, rules } = write;
  const found = await rules.read(target, name);
  const applies = method === 'PATCH' && options.contentType === APPLY && target.subresource === undefined;
  if (found === undefined) {
    if (applies) return make(write, name);
    throw new ApiError(404, `${method} ${path}: 404 ${name} is not there`);
  }
  if (!(await rules.isOurs(found, target))) throw foreignError(named(found, options, target), method);
  if (method === 'DELETE') {
    // what bears the name by now is not what was asked to go
    tries.firstUid ??= wantedUid(options) ?? found.metadata.uid ?? '';
    if (tries.firstUid !== found.metadata.uid) return JSON.stringify(found);
  }
  if (method === 'POST') return request(method, path, options);
  const { uid, resourceVersion } = found.metadata;
  const only = { uid, resourceVersion };
  if (method === 'DELETE') {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...(options.body as object), preconditions: only };
    return request(method, path, { ...options, body, contentType: JSON_BODY });
  }
  if (options.contentType === JSON_PATCH) {
    // as `replace`, and not as `test`, which the server answers like any patch that does not fit
    const same = { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion };
    return request(method, path, { ...options, body: [same, ...(options.body as readonly object[])] });
  }
  const object = options.body as KubeObject;
  if (options.contentType === MERGE)
    return request(method, path, { ...options, body: { ...object, metadata: { ...object.metadata, ...only } } });
  const ours = applies || method === 'PUT' ? marked(object, write.guard.owner, placeOf(target, name)) : object;
  const asApplied = applies ? asAppliedPatch(found) : undefined;
  const now = asApplied ? await convert(write, name, asApplied) : only;
  return request(method, path, { ...options, body: { ...ours, metadata: { ...ours.metadata, ...now } } });
}

function wantedUid({ body }: ApiRequestOptions): string | undefined {
  return (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
}

/** Makes fields that a POST or a patch of ours set ours in the sense of server-side apply, so that they can be dropped. */
async function convert(
  { request, target }: Write,
  name: string,
  body: readonly object[],
): Promise<{ readonly uid: string; readonly resourceVersion: string }> {
  const path = `${collectionOfTarget(target)}/${encodeURIComponent(name)}`;
  const text = await request('PATCH', path, { body, contentType: JSON_PATCH });
  const { metadata } = parseAnswer<KubeObject>(text, path, (value) => isObject(value, name));
  return { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' };
}

/** An apply of what is not there. A 409 says that it is there by now: the caller reads again. */
async function make(write: Write, name: string): Promise<string> {
  const { request, target, options } = write;
  const object = options.body as KubeObject;
  await requireShareable(write, object, name);
  const manager = new URLSearchParams(target.query).get('fieldManager');
  const query = manager === null ? '' : `?fieldManager=${encodeURIComponent(manager)}`;
  const body = marked(object, write.guard.owner, placeOf(target, name));
  return request('POST', `${collectionOfTarget(target)}${query}`, { ...options, body, contentType: JSON_BODY });
}

async function create(write: Write): Promise<string> {
  const { request, path, target, options, rules, guard } = write;
  const object = options.body as KubeObject;
  const { name } = object.metadata ?? {};
  if (typeof name !== 'string' || name === '') throw unguarded('POST', path);
  await requireShareable(write, object, name);
  const body = marked(object, guard.owner, placeOf(target, name));
  return request('POST', path, { ...options, body }).catch(async (error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    const found = await rules.read(target, name);
    if (found && !(await rules.isOurs(found, target))) throw foreignError(named(found, options, target), 'POST');
    throw error;
  });
}

async function requireShareable({ rules, guard, target }: Write, object: KubeObject, name: string): Promise<void> {
  const place = placeOf(target, name);
  if (target.namespace === undefined || guard.mayShare(object, place)) return;
  const namespace = await rules.read({ ...NAMESPACES, query: '' }, target.namespace);
  // what the server would say too
  if (namespace === undefined) throw new ApiError(404, `namespaces "${target.namespace}" not found`);
  if (isMadeBy(guard.owner, namespace, rules.placeOfNamespace(target.namespace))) return;
  const shown = `${object.kind ?? target.resource}/${target.namespace}/${name}`;
  throw environmentError('SHARED_OBJECT_NOT_ALLOWED', `${shown} would be made in a namespace of others`, {
    where: shown,
    hint: `Nothing was changed. If their programs may see it while a run lasts, add --allow-shared ${shown}.`,
  });
}

const NAMESPACES = {
  apiVersion: 'v1',
  group: '',
  resource: 'namespaces',
  namespace: undefined,
  name: undefined,
  subresource: undefined,
} as const;

/** The server's answer may lack the kind. */
function named(found: KubeObject, { body }: ApiRequestOptions, target: RequestTarget): KubeObject {
  const { kind = found.kind ?? target.resource } = (body ?? {}) as Partial<KubeObject>;
  return { ...found, kind: found.kind ?? kind };
}

function unguarded(method: string, path: string): Error {
  return environmentError(
    'WRITE_UNGUARDED',
    `${method} ${path} names no single object, so nobody can say whose it is`,
    {
      where: path,
      hint: 'Nothing was sent. This is an error of canaryproof: please report it.',
    },
  );
}
