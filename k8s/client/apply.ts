/** Server-side apply of any kind that the cluster serves, found by discovery as `kubectl` does. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { ApiRequest } from './api-request.ts';
import { itemPath, type KubeObject, objectName } from './object.ts';

interface ApiResource {
  /** Plural. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export type FindResource = (apiVersion: string, kind: string) => Promise<ApiResource | undefined>;

/** Answers are kept; a group is asked again while a kind is not in it, because its definition may come later. */
export function createDiscovery(request: ApiRequest): FindResource {
  const discovered = new Map<string, Promise<readonly ApiResource[]>>();
  return async (apiVersion, kind) => {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const ask = () => {
      const answer = request('GET', path).then((text) => (JSON.parse(text) as { resources: ApiResource[] }).resources);
      // a group that is not served yet must be asked again next time
      answer.catch(() => discovered.delete(path));
      discovered.set(path, answer);
      return answer;
    };
    const find = (resources: readonly ApiResource[]) =>
      resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    const known = discovered.get(path);
    return (known && find(await known.catch(() => []))) ?? find(await ask().catch(() => []));
  };
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
  const { apiVersion = '', kind = '', metadata } = object;
  const resource = await findResource(apiVersion, kind);
  if (!resource)
    throw environmentError('KIND_UNKNOWN', `the cluster knows no ${object.kind} of ${object.apiVersion}`, {
      where: objectName(object),
      hint: 'An addon or a CustomResourceDefinition is missing.',
    });
  const target = resource.namespaced ? (metadata.namespace ?? options.namespace ?? 'default') : undefined;
  const body = target === undefined ? object : { ...object, metadata: { ...metadata, namespace: target } };
  const collection = { apiVersion, resource: resource.name, ...(target === undefined ? {} : { namespace: target }) };
  const query = `fieldManager=${options.fieldManager}&force=true`;
  await request('PATCH', `${itemPath(collection, metadata.name)}?${query}`, {
    body,
    contentType: 'application/apply-patch+yaml',
  }).catch((cause: unknown) => {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw environmentError('APPLY_REFUSED', `the API server refused ${objectName(body)}: ${text}`, { cause });
  });
}
