/**
 * Ports of destinations. A proxy has one cluster for each port of a Service and takes the one that the route names, else
 * the only one, else the one with the number of the listener that was asked (istioctl analyze: IST0112).
 */
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  ofKind,
} from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';
import { fullGateway, gatewaysOf } from './bindings.ts';
import { portsOf, type RoutedService, routedServices } from './routed-services.ts';

/** ROUTE_PORT_MISSING, ROUTE_PORT_UNSAID: requests that are routed there get 503. */
export function destinationPortFindings(set: ManifestSet): readonly Finding[] {
  return routedServices(set).flatMap((routed) =>
    routed.port === undefined ? unsaid(set, routed) : missing(routed, routed.port),
  );
}

function missing({ virtualService, path, host, services }: RoutedService, port: number): readonly Finding[] {
  const numbers = services.map((service) => portsOf(service).map((one) => Number(one.port)));
  // an ExternalName needs none
  if (numbers.some((known) => known.length === 0 || known.includes(port))) return [];
  return [
    errorAt(virtualService, [...path, 'destination', 'port'], {
      code: 'ROUTE_PORT_MISSING',
      sentence: `${nameOf(virtualService)} routes to port ${port} of ${host}, which has no such port`,
      hint: `${nameOf(services[0]!)} has ${[...new Set(numbers.flat())].join(', ')}. A route names the port of the Service, not of the container; Envoy would answer 503.`,
    }),
  ];
}

/** At a gateway the listener's number is that of its server; in the mesh callers ask for a port of the Service anyway. */
function unsaid(set: ManifestSet, { virtualService, path, host, services }: RoutedService): readonly Finding[] {
  const bound = gatewaysOf(virtualService);
  if (bound.length === 0 || bound.includes('mesh')) return [];
  const asked = [set.objects, set.others ?? NOBODY]
    .flatMap((objects) => gatewaysAt(objects, bound))
    .flatMap(({ value }) => asList(asRecord(value.spec)?.servers))
    .map((server) => Number(asRecord(asRecord(server)?.port)?.number));
  const numbers = services.map((service) => portsOf(service).map((one) => Number(one.port)));
  if (asked.length === 0 || numbers.some((known) => known.length < 2 || known.some((port) => asked.includes(port))))
    return [];
  return [
    errorAt(virtualService, [...path, 'destination'], {
      code: 'ROUTE_PORT_UNSAID',
      sentence: `${nameOf(virtualService)} routes to ${host}, which has the ports ${numbers[0]!.join(', ')}, and names none of them`,
      hint: `Istio then takes the port of the gateway (${[...new Set(asked)].join(', ')}), which this Service lacks: Envoy would answer 503. Write destination.port.number.`,
    }),
  ];
}

const byFullName = groupedBy(({ name, namespace }: ManifestObject) => [fullGateway(name, namespace)]);

/** In the order of the list. */
function gatewaysAt(objects: readonly ManifestObject[], bound: readonly string[]): readonly ManifestObject[] {
  const all = ofKind(objects, 'networking.istio.io', 'Gateway');
  const [first = [], ...more] = [...new Set(bound)].flatMap((one) => [byFullName(all).get(one) ?? []]);
  if (more.every((group) => group.length === 0)) return first;
  const found = new Set([first, ...more].flat());
  return all.filter((gateway) => found.has(gateway));
}
