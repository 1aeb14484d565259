/** Hosts of a VirtualService in the mesh that no Service answers to, or only at ports of another protocol than its routes have. */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  isElsewhere,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  ofAnyGroup,
  servicesByName,
  servicesIn,
  virtualServices,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { gatewaysOf, hostsOf, textsOf } from './bindings.ts';
import { isHttp, portsOf, protocolsOf } from './routed-services.ts';
import { routesOf } from './routes.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';

/**
 * VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE, ROUTE_PROTOCOL_MISMATCH; judged only where the set holds Services of that namespace.
 */
export function meshHostFindings(set: ManifestSet): readonly Finding[] {
  return virtualServices(set).flatMap((virtualService) => {
    if (!gatewaysOf(virtualService).includes('mesh')) return [];
    return hostsOf(virtualService).flatMap((host, index): readonly Finding[] => {
      const target = serviceOfHost(host, virtualService.namespace);
      if (!target) return [];
      const known = servicesIn(set, target.namespace);
      if (known.length === 0) return [];
      const named = servicesByName(known).get(target.service) ?? [];
      if (named.length > 0) return protocolFindings(virtualService, host, named);
      if (isElsewhere(set, 'Service', target.service) || isServiceEntry(set, host, virtualService.namespace)) return [];
      return [
        findingAt(virtualService, ['spec', 'hosts', index], {
          code: 'VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE',
          severity: 'warning',
          sentence: `${nameOf(virtualService)} routes the host ${host} in the mesh, and there is no such Service`,
          hint: `No sidecar asks for it. Services there: ${known.map(({ name }) => name).join(', ')}.`,
        }),
      ];
    });
  });
}

/** A sidecar has routes of HTTP at ports that are HTTP only, so at others what they say is never read. */
function protocolFindings(
  virtualService: ManifestObject,
  host: string,
  named: readonly ManifestObject[],
): readonly Finding[] {
  const ports = named.flatMap(portsOf);
  const spec = asRecord(virtualService.value.spec);
  const others = [...asList(spec?.tcp), ...asList(spec?.tls)];
  if (asList(spec?.http).length === 0 || others.length > 0 || ports.length === 0) return [];
  if (!ports.every((port) => isHttp(port) === false)) return [];
  const isSplit = routesOf(virtualService).some(
    ({ destinations }) => destinations.length > 1 || destinations.some(({ subset }) => subset !== undefined),
  );
  const atEdge = gatewaysOf(virtualService).some((gateway) => gateway !== 'mesh');
  return [
    findingAt(virtualService, ['spec', 'http'], {
      code: 'ROUTE_PROTOCOL_MISMATCH',
      severity: isSplit && !atEdge ? 'error' : 'warning',
      sentence: `${nameOf(virtualService)} has routes of HTTP for ${host}, whose ports are ${protocolsOf(ports)}: callers in the mesh never see them${isSplit ? ', and are split by pod count' : ''}`,
      hint: 'Istio takes the protocol from the name of the port of the Service: call it http, or begin its name with http-, or set appProtocol: http.',
    }),
  ];
}

function isServiceEntry({ objects, others = NOBODY }: ManifestSet, host: string, namespace: string): boolean {
  return [objects, others]
    .map(entryHosts)
    .some(({ written, full }) => written.has(host) || full.has(fullHost(host, namespace)));
}

/** Hosts that ServiceEntries make known to the mesh. */
export interface EntryHosts {
  readonly written: ReadonlySet<string>;
  /** As a VirtualService of the entry's own namespace would mean them. */
  readonly full: ReadonlySet<string>;
}

export const entryHosts = oncePerList((objects: readonly ManifestObject[]): EntryHosts => {
  const all = ofAnyGroup(objects, 'ServiceEntry').flatMap(({ value, namespace }) =>
    textsOf(asRecord(value.spec)?.hosts).map((host) => ({ host, full: fullHost(host, namespace) })),
  );
  return { written: new Set(all.map(({ host }) => host)), full: new Set(all.map(({ full }) => full)) };
});
