/** What a path of the API server means. */
import { apiPath } from './object.ts';
import type { ObjectPlace } from './ownership.ts';

export interface RequestTarget {
  readonly apiVersion: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  /** Undefined: the collection. */
  readonly name: string | undefined;
  /** `status`, `scale`…; undefined: the object itself. */
  readonly subresource: string | undefined;
  readonly query: string;
}

/** Undefined when the path is none of a resource: `/version`, `/apis`. Pure. */
export function parseTarget(pathAndQuery: string): RequestTarget | undefined {
  const [path = '', query = ''] = pathAndQuery.split('?', 2);
  const words = path.split('/').slice(1).map(decodeURIComponent);
  const isCore = words[0] === 'api';
  if (!isCore && words[0] !== 'apis') return undefined;
  const group = isCore ? '' : (words[1] ?? '');
  const version = isCore ? words[1] : words[2];
  const rest = words.slice(isCore ? 2 : 3);
  if (version === undefined || rest.length === 0) return undefined;
  const apiVersion = isCore ? version : `${group}/${version}`;
  // `namespaces/x` is an object, `namespaces/x/pods` a collection in it; a Namespace has these subresources and no others
  const inside = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '');
  const namespace = inside ? rest[1] : undefined;
  const [resource = '', name, ...subresource] = inside ? rest.slice(2) : rest;
  return {
    ...{ apiVersion, group, resource, namespace, name, query },
    subresource: subresource.length === 0 ? undefined : subresource.join('/'),
  };
}

export function placeOf(target: RequestTarget, name: string): ObjectPlace {
  const { group, resource, namespace } = target;
  return { group, resource, namespace, name };
}

export function collectionOfTarget({ apiVersion, resource, namespace }: RequestTarget): string {
  const inside = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${apiPath(apiVersion)}${inside}/${resource}`;
}
