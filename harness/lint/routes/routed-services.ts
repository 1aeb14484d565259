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
