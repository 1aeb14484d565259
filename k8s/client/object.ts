/** A Kubernetes object as the API server gives it: typed where every object is alike, open elsewhere. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly time?: string;
      readonly fieldsV1?: Readonly<Record<string, unknown>>;
    }[];
    readonly ownerReferences?: readonly {
      readonly apiVersion?: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A collection: `/api/v1/namespaces/x/pods` or `/apis/apps/v1/deployments`. */
export interface Collection {
  /** Group and version, such as `v1` or `networking.istio.io/v1`. */
  readonly apiVersion: string;
  /** Plural resource name, such as `virtualservices`. */
  readonly resource: string;
  readonly namespace?: string;
}

/** Of a group and version: where its discovery document is. */
export function apiPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export function collectionPath({ apiVersion, resource, namespace }: Collection): string {
  const root = apiPath(apiVersion);
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

export function itemPath(collection: Collection, name: string): string {
  return `${collectionPath(collection)}/${encodeURIComponent(name)}`;
}

/** `Deployment bookinfo/reviews-v1`, for messages. */
export function objectName(object: { kind?: string; metadata: { name: string; namespace?: string } }): string {
  const { name, namespace } = object.metadata;
  return `${object.kind ?? 'object'} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
