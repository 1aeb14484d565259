/** Routes that only gateways see, although callers inside the mesh ask for the same hosts. */
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  isElsewhere,
  isServiceIn,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  ofAnyGroup,
  servicesIn,
  virtualServices,
} from '../manifest-set.ts';
import { delegatesOf, routesOf } from './routes.ts';
import { coversHost, fullHost, serviceOfHost } from './service-hosts.ts';

/**
 * ROUTE_NOT_IN_MESH: a route that splits the pods of a Service, or goes to another Service, and is bound to gateways only.
 * Callers inside the mesh do not see it: they are split by pod count, or stay where they were. An error where a claim needs
 * it in the mesh, else a warning.
 */
export function meshFindings(
  set: ManifestSet,
  isNeededInMesh: (virtualService: ManifestObject) => boolean,
): readonly Finding[] {
  return virtualServices(set).flatMap((virtualService): Finding[] => {
    const spec = asRecord(virtualService.value.spec);
    const gateways = asList(spec?.gateways);
    if (gateways.length === 0 || gateways.includes('mesh')) return [];
    const inside = asList(spec?.hosts).filter(
      (host) => typeof host === 'string' && isAskedInMesh(set, host, virtualService.namespace),
    );
    const needed = isNeededInMesh(virtualService);
    const chooses = choosesPods(virtualService);
    const other = destinationElsewhere(virtualService);
    if ((inside.length === 0 || (!chooses && other === undefined)) && !needed) return [];
    const effect =
      chooses || other === undefined || inside.length === 0
        ? 'are split by pod count'
        : `reach ${inside.join(', ')} and not ${other}`;
    return [
      {
        ...errorAt(virtualService, ['spec', 'gateways'], {
          code: 'ROUTE_NOT_IN_MESH',
          sentence: `${nameOf(virtualService)} is bound to ${gateways.join(', ')} and not to mesh, so callers inside the mesh ${effect}`,
          hint: 'Add mesh to spec.gateways, or leave gateways out.',
        }),
        severity: needed ? 'error' : 'warning',
      },
    ];
  });
}

/** A host that the Services of its namespace do not have is asked for by nobody there. */
function isAskedInMesh(set: ManifestSet, host: string, namespace: string): boolean {
  const target = serviceOfHost(host, namespace);
  if (!target) return false;
  return (
    servicesIn(set, target.namespace).length === 0 ||
    isServiceIn(set, target) ||
    isElsewhere(set, 'Service', target.service) ||
    [set.objects, set.others ?? NOBODY].some((objects) => ofAnyGroup(objects, 'ServiceEntry').length > 0)
  );
}

/** Whether some of its requests reach other pods than the Service alone would give them. */
function choosesPods(virtualService: ManifestObject): boolean {
  return (
    delegatesOf(virtualService).length > 0 ||
    routesOf(virtualService).some(
      ({ destinations }) => destinations.length > 1 || destinations.some(({ subset }) => subset !== undefined),
    )
  );
}

/** A destination that is none of the VirtualService's own hosts: without the route nobody who asks for those gets there. */
function destinationElsewhere(virtualService: ManifestObject): string | undefined {
  const { namespace, value } = virtualService;
  const own = asList(asRecord(value.spec)?.hosts).filter((host) => typeof host === 'string');
  return routesOf(virtualService)
    .flatMap(({ destinations }) => destinations.map(({ host }) => host))
    .find((host) => host !== '' && !own.some((one) => isSameHost(one, host, namespace)));
}

/** The namespace of a short name may be known to the cluster only, and then it is nobody else's. */
function isSameHost(own: string, host: string, namespace: string): boolean {
  if (coversHost(fullHost(own, namespace), fullHost(host, namespace))) return true;
  const [one, other] = [serviceOfHost(own, namespace), serviceOfHost(host, namespace)];
  return one?.service === other?.service && (one?.namespace === '' || other?.namespace === '');
}
