/** Services that routes lead to, with the ports at which they are asked. Pure. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  type ManifestObject,
  type ManifestSet,
  servicesNamed,
  virtualServices,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { type Route, routesOf } from './routes.ts';
import { serviceOfHost } from './service-hosts.ts';

export interface RoutedService {
  readonly virtualService: ManifestObject;
  readonly route: Route;
  /** Of the destination. */
  readonly path: ValuePath;
  readonly host: string;
  /** `destination.port.number`. */
  readonly port: number | undefined;
  /** All of that name in the set: a folder may hold several variants. */
  readonly services: readonly ManifestObject[];
}

export type ServicePort = Readonly<Record<string, unknown>>;

/** One for each destination whose Service the set holds. */
export function routedServices(set: ManifestSet): readonly RoutedService[] {
  return routedIn(set.objects);
}

/** The same by Service. */
export function routesToService(set: ManifestSet): ReadonlyMap<ManifestObject, readonly RoutedService[]> {
  return byService(routedServices(set));
}

const byService = oncePerList((routed: readonly RoutedService[]) => {
  const found = new Map<ManifestObject, RoutedService[]>();
  for (const one of routed)
    for (const service of one.services) {
      const known = found.get(service);
      if (known) known.push(one);
      else found.set(service, [one]);
    }
  return found;
});

const routedIn = oncePerList((objects: readonly ManifestObject[]) =>
  virtualServices({ objects }).flatMap((virtualService) =>
    routesOf(virtualService).flatMap((route) =>
      route.destinations.flatMap(({ host, path }): readonly RoutedService[] => {
        const target = serviceOfHost(host, virtualService.namespace);
        const found = target
          ? servicesNamed({ objects }, target.service).filter(({ namespace }) => namespace === target.namespace)
          : [];
        if (found.length === 0) return [];
        return [{ virtualService, route, path, host, port: portAt(virtualService, path), services: found }];
      }),
    ),
  ),
);

function portAt({ value }: ManifestObject, path: ValuePath): number | undefined {
  const entry = path.reduce<unknown>(
    (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : asRecord(inner)?.[key]),
    value,
  );
  const number = asRecord(asRecord(asRecord(entry)?.destination)?.port)?.number;
  return typeof number === 'number' ? number : undefined;
}

export function portsOf(service: ManifestObject): readonly ServicePort[] {
  return asList(asRecord(service.value.spec)?.ports).map((port) => asRecord(port) ?? {});
}

/** As Istio reads the part of a name before its first dash (pkg/config/protocol). */
const HTTP = new Set(['http', 'http2', 'grpc']);
const NOT_HTTP = new Set(['tcp', 'tls', 'https', 'mongo', 'mysql', 'redis', 'udp']);
const HTTP_OF_KUBERNETES = /^kubernetes\.io\/(h2c|ws)$/;

/**
 * What the manifest says of requests at that port: whether they are HTTP to Istio. Undefined where it says nothing, and a
 * proxy looks at their first bytes. https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
 */
export function isHttp({ name, appProtocol, protocol }: ServicePort): boolean | undefined {
  if (protocol !== undefined && protocol !== 'TCP') return false;
  if (typeof appProtocol === 'string' && HTTP_OF_KUBERNETES.test(appProtocol)) return true;
  const said = typeof appProtocol === 'string' ? appProtocol : name;
  const [word = ''] = typeof said === 'string' ? said.toLowerCase().split('-') : [];
  return HTTP.has(word) ? true : NOT_HTTP.has(word) ? false : undefined;
}

/** `tcp, tls`: how these ports call themselves. */
export function protocolsOf(ports: readonly ServicePort[]): string {
  return [...new Set(ports.map(({ name, appProtocol, protocol }) => String(appProtocol ?? name ?? protocol)))].join(
    ', ',
  );
}
