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
    return hostsOf(virtualService).flatMap((host, index): Finding[] => {
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

/** A sidecar has routes of HTTP at ports that are HTTP, and those of TCP at all others: what the wrong list says is never read. */
function protocolFindings(
  virtualService: ManifestObject,
  host: string,
  named: readonly ManifestObject[],
): readonly Finding[] {
  const ports = named.flatMap(portsOf);
  const spec = asRecord(virtualService.value.spec);
  const wrong = (['http', 'tcp'] as const).find(
    (protocol) => asList(spec?.[protocol]).length > 0 && ports.every((port) => isHttp(port) === (protocol === 'tcp')),
  );
  const other = wrong === 'http' ? 'tcp' : 'http';
  if (wrong === undefined || ports.length === 0 || asList(spec?.[other]).length > 0) return [];
  const isSplit = routesOf(virtualService).some(
    ({ destinations }) => destinations.length > 1 || destinations.some(({ subset }) => subset !== undefined),
  );
  const atEdge = gatewaysOf(virtualService).some((gateway) => gateway !== 'mesh');
  return [
    findingAt(virtualService, ['spec', wrong], {
      code: 'ROUTE_PROTOCOL_MISMATCH',
      severity: isSplit && !atEdge ? 'error' : 'warning',
      sentence: `${nameOf(virtualService)} has routes of ${wrong.toUpperCase()} for ${host}, whose ports are ${protocolsOf(ports)}: callers in the mesh never see them${isSplit ? ', and are split by pod count' : ''}`,
      hint:
        wrong === 'http'
          ? 'Istio takes the protocol from the name of the port of the Service: call it http, or begin its name with http-, or set appProtocol: http.'
          : 'Istio takes the protocol from the name of the port of the Service: call it tcp, or write the routes under http.',
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
