/**
 * Host names as Istio reads them: a name without dots is short for a Service in the namespace of the object that uses
 * it (istio.io/latest/docs/reference/config/networking/virtual-service, "Destination.host").
 */

const CLUSTER_SUFFIX = 'svc.cluster.local';

export interface ServiceHost {
  readonly service: string;
  readonly namespace: string;
}

/** The Service that a host names, or undefined for hosts outside the cluster and wildcards. */
export function serviceOfHost(host: string, namespace: string): ServiceHost | undefined {
  if (host.includes('*') || host === '') return undefined;
  const [service, space, ...rest] = host.split('.');
  if (space === undefined) return { service: service!, namespace };
  const tail = rest.join('.');
  return tail === CLUSTER_SUFFIX || tail === 'svc' ? { service: service!, namespace: space } : undefined;
}

/** One spelling for all spellings of a host: the full name of a Service, anything else as written. */
export function fullHost(host: string, namespace: string): string {
  const found = serviceOfHost(host, namespace);
  return found ? `${found.service}.${found.namespace}.${CLUSTER_SUFFIX}` : host;
}

/** Whether a host of a DestinationRule covers a full host; `*` and `*.suffix` are wildcards. */
export function coversHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}
