/**
 * What istiod knows of each proxy's answers: `/debug/syncz` keeps, for every connected proxy and kind of resource, the
 * text with which the proxy refused the last configuration, until it accepts one. Envoy itself keeps such a text for
 * listeners only.
 */

export interface Rejection {
  /** `namespace/pod`. */
  readonly proxy: string;
  /** `RDS`, `LDS`, `CDS`, `EDS`, or the type's own name. */
  readonly type: string;
  /** The proxy's own words. */
  readonly text: string;
}

interface SyncStatus {
  readonly proxy?: string;
  readonly resources?: Readonly<Record<string, { readonly lastError?: string }>>;
}

const SHORT: Readonly<Record<string, string>> = {
  RouteConfiguration: 'RDS',
  Listener: 'LDS',
  Cluster: 'CDS',
  ClusterLoadAssignment: 'EDS',
  TypedExtensionConfig: 'ECDS',
};

/**
 * @param text JSON of `/debug/syncz`
 * @throws SyntaxError, TypeError
 */
export function rejectionsOf(text: string): readonly Rejection[] {
  const statuses = JSON.parse(text) as readonly SyncStatus[] | null;
  return (statuses ?? []).flatMap(({ proxy = '', resources = {} }) =>
    Object.entries(resources).flatMap(([type, { lastError }]) =>
      lastError ? [{ proxy: proxyName(proxy), type: shortType(type), text: lastError }] : [],
    ),
  );
}

/** `type.googleapis.com/envoy.config.route.v3.RouteConfiguration` -> `RDS` */
function shortType(type: string): string {
  const name = type.slice(type.lastIndexOf('.') + 1);
  return SHORT[name] ?? name;
}

/** istiod says `pod.namespace`; pod names may hold dots, namespaces may not. */
function proxyName(id: string): string {
  const dot = id.lastIndexOf('.');
  return dot < 0 ? id : `${id.slice(dot + 1)}/${id.slice(0, dot)}`;
}
