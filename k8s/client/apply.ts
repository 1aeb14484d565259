/** Server-side apply of any kind that the cluster serves, found by discovery as `kubectl` does. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ApiError, type ApiRequest, parseAnswer } from './api-request.ts';
import { apiPath, type Collection, itemPath, type KubeObject, objectName } from './object.ts';

interface ApiResource {
  /** Plural. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Undefined: the cluster does not serve that kind. @throws whatever the API answers but 404 */
export type FindResource = (apiVersion: string, kind: string) => Promise<ApiResource | undefined>;

/** Answers are kept; a group is asked again while a kind is not in it, because its definition may come later. */
export function createDiscovery(request: ApiRequest): FindResource {
  const discovered = new Map<string, readonly ApiResource[]>();
  const ask = async (path: string): Promise<readonly ApiResource[]> => {
    try {
      const text = await request('GET', path);
      const { resources } = parseAnswer<{ resources: readonly ApiResource[] }>(text, path, (value) =>
        Array.isArray(value.resources),
      );
      discovered.set(path, resources);
      return resources;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
  };
  const asking = new Map<string, Promise<readonly ApiResource[]>>();
  return async (apiVersion, kind) => {
    const path = apiPath(apiVersion);
    const find = (resources: readonly ApiResource[] = []) =>
      resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    const known = find(discovered.get(path));
    if (known) return known;
    const answer = asking.get(path) ?? ask(path).finally(() => asking.delete(path));
    asking.set(path, answer);
    return find(await answer);
  };
}

/**
 * Where an object lies: plural and scope are the server's own words, never guessed.
 * @param namespace of objects that name none, where their kind has one
 * @throws HarnessError KIND_UNKNOWN
 */
export async function collectionOfObject(
  findResource: FindResource,
  { apiVersion = '', kind = '', metadata }: KubeObject,
  namespace: string | undefined,
): Promise<Collection> {
  const resource = await findResource(apiVersion, kind);
  if (!resource)
    throw environmentError('KIND_UNKNOWN', `the cluster knows no ${kind} of ${apiVersion}`, {
      where: objectName({ kind, metadata }),
      hint: 'An addon or a CustomResourceDefinition is missing.',
    });
  const target = metadata.namespace ?? namespace ?? 'default';
  return { apiVersion, resource: resource.name, ...(resource.namespaced ? { namespace: target } : {}) };
}

/**
 * Applies one object by force; raw JSON on purpose: the typed client serialises through its models and drops fields
 * they do not know.
 * @param namespace of objects that name none, where their kind has one
 * @throws HarnessError KIND_UNKNOWN, APPLY_REFUSED
 */
export async function applyObject(
  request: ApiRequest,
  findResource: FindResource,
  object: KubeObject,
  options: { readonly namespace: string | undefined; readonly fieldManager: string },
): Promise<void> {
  const { metadata } = object;
  const collection = await collectionOfObject(findResource, object, options.namespace);
  const { namespace } = collection;
  const body = namespace === undefined ? object : { ...object, metadata: { ...metadata, namespace } };
  const query = `fieldManager=${options.fieldManager}&force=true`;
  await request('PATCH', `${itemPath(collection, metadata.name)}?${query}`, {
    body,
    contentType: 'application/apply-patch+yaml',
  }).catch((cause: unknown) => {
    // what is no answer of the server says itself what it is
    if (!(cause instanceof ApiError)) throw cause;
    throw environmentError('APPLY_REFUSED', `the API server refused ${objectName(body)}: ${cause.message}`, { cause });
  });
}
