/** Hosts of a VirtualService in the mesh that no Service answers to, or only at ports of another protocol than its routes have. */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  isElsewhere,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  services,
  virtualServices,
} from '../manifest-set.ts';
import { gatewaysOf, hostsOf, textsOf } from './bindings.ts';
import { isHttp, portsOf, protocolsOf } from './routed-services.ts';
import { routesOf } from './routes.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';

/**
 * VIRTUAL_SERVICE_HOST_WITHOUT_SERVICE, ROUTE_PROTOCOL_MISMATCH; judged only where the set holds Services of that namespace.
 */
export function meshHostFindings(set: ManifestSet): readonly Finding[] {
  const byNamespace = Map.groupBy(services(set), ({ namespace }) => namespace);
  return virtualServices(set).flatMap((virtualService) => {
    if (!gatewaysOf(virtualService).includes('mesh')) return [];
    return hostsOf(virtualService).flatMap((host, index): readonly Finding[] => {
      const target = serviceOfHost(host, virtualService.namespace);
      if (!target) return [];
      const known = byNamespace.get(target.namespace) ?? [];
      if (known.length === 0) return [];
      const named = known.filter(({ name }) => name === target.service);
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

function isServiceEntry({ objects, others = [] }: ManifestSet, host: string, namespace: string): boolean {
  return [...objects, ...others].some(
    ({ kind, value, namespace: own }) =>
      kind === 'ServiceEntry' &&
      textsOf(asRecord(value.spec)?.hosts).some(
        (one) => one === host || fullHost(one, own) === fullHost(host, namespace),
      ),
  );
}
