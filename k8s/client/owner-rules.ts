/** Which objects of a cluster are ours: what we made, what lies in a namespace that we made, and what belongs to either. */
import { ApiError, type ApiRequest, parseAnswer } from './api-request.ts';
import type { FindResource } from './apply.ts';
import type { KubeObject } from './object.ts';
import { INSTALLATION_LABEL, isMadeBy, type ObjectPlace, type Ownership } from './ownership.ts';
import { collectionOfTarget, placeOf, type RequestTarget } from './request-target.ts';

type Collection = Pick<RequestTarget, 'apiVersion' | 'group' | 'resource' | 'namespace'>;

export interface OwnerRules {
  /** Undefined: the server says 404. @throws ApiError of any other answer, HarnessError API_ANSWER_BROKEN */
  read(target: RequestTarget, name: string): Promise<KubeObject | undefined>;
  /** @throws as `read` does, when what the object belongs to cannot be read */
  isOurs(object: KubeObject, target: Collection): Promise<boolean>;
  placeOfNamespace(name: string): ObjectPlace;
}

/** A pod of a ReplicaSet of a Deployment of an operator's object of ours, and one to spare. */
const GENERATIONS = 5;

/** Whether an answer is the object of that name, with all by which it can be told from every other. */
export function isObject({ metadata }: Partial<KubeObject>, name: string): boolean {
  return metadata?.name === name && typeof metadata.uid === 'string' && typeof metadata.resourceVersion === 'string';
}

export function ownerRules(request: ApiRequest, findResource: FindResource, owner: Ownership): OwnerRules {
  const placeOfNamespace = (name: string) => ({ group: '', resource: 'namespaces', namespace: undefined, name });

  async function read(target: RequestTarget, name: string): Promise<KubeObject | undefined> {
    const path = `${collectionOfTarget(target)}/${encodeURIComponent(name)}`;
    try {
      return parseAnswer<KubeObject>(await request('GET', path), path, (value) => isObject(value, name));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  const targetOf = (apiVersion: string, resource: string, namespace: string | undefined): RequestTarget => ({
    apiVersion,
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    ...{ resource, namespace, name: undefined, subresource: undefined, query: '' },
  });

  async function isOursInside(object: KubeObject, target: Collection, generations: number): Promise<boolean> {
    const { name, labels = {}, ownerReferences = [] } = object.metadata;
    if (isMadeBy(owner, object, placeOf(target as RequestTarget, name))) return true;
    const claimed = labels[INSTALLATION_LABEL];
    if (claimed !== undefined && claimed !== owner.installation) return false;
    if (target.namespace !== undefined) {
      const namespace = await read(targetOf('v1', 'namespaces', undefined), target.namespace);
      if (namespace && isMadeBy(owner, namespace, placeOfNamespace(target.namespace))) return true;
    }
    if (generations === 0) return false;
    for (const { apiVersion = '', kind, name: parentName, uid } of ownerReferences) {
      const resource = await findResource(apiVersion, kind);
      if (!resource) continue;
      const at = targetOf(apiVersion, resource.name, resource.namespaced ? target.namespace : undefined);
      const parent = await read(at, parentName);
      if (parent?.metadata.uid === uid && (await isOursInside(parent, at, generations - 1))) return true;
    }
    return false;
  }

  return { read, isOurs: (object, target) => isOursInside(object, target, GENERATIONS), placeOfNamespace };
}
