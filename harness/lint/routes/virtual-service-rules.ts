/** Pitfalls of VirtualServices: weights, subsets and hosts. */
import {
  asLabels,
  asList,
  asRecord,
  errorAt,
  type Finding,
  findingAt,
  isElsewhere,
  isServiceIn,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  ofAnyGroup,
  services,
  servicesIn,
  servicesNamed,
  virtualServices,
} from '../manifest-set.ts';
import { groupedBy, oncePerList } from '../once-per-list.ts';
import { entryHosts } from './mesh-hosts.ts';
import { type Destination, effectiveWeight, type Route, routesOf } from './routes.ts';
import { fullHost, type ServiceHost, serviceOfHost } from './service-hosts.ts';
import { NAME_LABELS, podsWith, subsetsOf, subsetsOfHost } from './subsets.ts';

/** ROUTE_WEIGHT_INVALID, ROUTE_WEIGHT_MISSING, ROUTE_WEIGHTS_SUM. */
export function weightFindings(set: ManifestSet): readonly Finding[] {
  return virtualServices(set).flatMap((virtualService) =>
    routesOf(virtualService).flatMap((route) => findingsOfWeights(virtualService, route)),
  );
}

function findingsOfWeights(virtualService: ManifestObject, route: Route): Finding[] {
  const { destinations } = route;
  const invalid = destinations.filter(
    ({ weight }) => weight !== undefined && !(Number.isInteger(weight) && Number(weight) >= 0),
  );
  if (invalid.length > 0)
    return invalid.map(({ weight, path }) =>
      errorAt(virtualService, [...path, 'weight'], {
        code: 'ROUTE_WEIGHT_INVALID',
        sentence: `${nameOf(virtualService)} has the weight ${JSON.stringify(weight)}, which is not a whole number from 0`,
        hint: 'Istio refuses the object.',
      }),
    );
  if (destinations.length < 2) return [];
  const sum = destinations.reduce((total, destination) => total + effectiveWeight(destination, route), 0);
  if (sum === 0) return [sumFinding(virtualService, route, sum)];
  const missing = destinations
    .filter(({ weight }) => weight === undefined)
    .map((destination) => ({
      ...errorAt(virtualService, destination.path, {
        code: 'ROUTE_WEIGHT_MISSING',
        sentence: `${nameOf(virtualService)} gives ${arm(destination)} no weight, so it never gets traffic`,
        hint: 'Write weight: 0 if that is meant.',
      }),
      severity: 'warning' as const,
    }));
  return sum === 100 ? missing : [sumFinding(virtualService, route, sum), ...missing];
}

/**
 * Istio refuses a route whose weights are all 0, and takes any other sum as proportions (validateHTTPRouteDestinations of
 * pkg/config/validation in release 1.31). So another sum is a slip where the weights read as percents, and a ratio
 * such as 3 : 1 elsewhere. Argo Rollouts writes both weights of its routes anew.
 */
function sumFinding(virtualService: ManifestObject, route: Route, sum: number): Finding {
  const written = route.destinations.map((destination) => effectiveWeight(destination, route));
  const real = written.map((weight) => `${sum === 0 ? 0 : Math.round((weight / sum) * 10_000) / 100} %`);
  return findingAt(virtualService, route.path, {
    code: 'ROUTE_WEIGHTS_SUM',
    severity: sum === 0 ? 'error' : sum > 50 && sum < 200 ? 'warning' : 'info',
    sentence: `${nameOf(virtualService)} has weights that sum to ${sum}, not 100 (${written.join(' + ')})`,
    hint:
      sum === 0
        ? 'Istio refuses a route whose weights are all 0.'
        : `Istio takes them as proportions: the shares are ${real.join(', ')}.`,
  });
}

/** ROUTE_SUBSET_MISSING and ROUTE_HOST_WITHOUT_SERVICE. */
export function destinationFindings(set: ManifestSet): readonly Finding[] {
  const subsets = subsetsOf(set);
  return virtualServices(set).flatMap((virtualService) =>
    routesOf(virtualService).flatMap(({ destinations }) =>
      destinations.flatMap((destination) => {
        const host = fullHost(destination.host, virtualService.namespace);
        const missingService = serviceFinding(set, virtualService, destination);
        if (missingService) return [missingService];
        if (destination.subset === undefined) return [];
        const known = subsetsOfHost(subsets, host).map(({ name }) => name);
        if (known.includes(destination.subset)) return [];
        if (isSubsetElsewhere(set, destination)) return [];
        return [
          findingAt(virtualService, [...destination.path, 'destination', 'subset'], {
            // whoever brings that Service may bring its subsets
            severity: isServiceHere(set, virtualService, destination) ? 'error' : 'warning',
            code: 'ROUTE_SUBSET_MISSING',
            sentence: `${nameOf(virtualService)} routes to subset ${destination.subset} of ${destination.host}, which no DestinationRule defines`,
            hint: `${known.length > 0 ? `Defined for ${destination.host}: ${known.join(', ')}.` : `No DestinationRule defines subsets for ${destination.host}.`} Envoy would answer 503.`,
          }),
        ];
      }),
    ),
  );
}

/** Of this namespace or another one of the repository; a name without any namespace is one of the unit. */
function isServiceHere(set: ManifestSet, virtualService: ManifestObject, { host }: Destination): boolean {
  const target = serviceOfHost(host, virtualService.namespace);
  if (!target || target.namespace === virtualService.namespace) return true;
  return servicesNamed(set, target.service).length > 0 || isElsewhere(set, 'Service', target.service);
}

/**
 * Judged where the set holds Services of that namespace: it cannot know what else is there. Where it holds none, other units
 * may select the pods of that name by Services of other names, or the pods of that name stand there without any: a warning.
 */
function serviceFinding(
  set: ManifestSet,
  virtualService: ManifestObject,
  destination: Destination,
): Finding | undefined {
  const target = serviceOfHost(destination.host, virtualService.namespace);
  if (!target) return undefined;
  if (
    isServiceIn(set, target) ||
    isElsewhere(set, 'Service', target.service) ||
    entryHosts(set.objects).full.has(fullHost(destination.host, virtualService.namespace))
  )
    return undefined;
  const known = servicesIn(set, target.namespace).map(({ name }) => name);
  const beside = known.length > 0 ? known : servicesOfPods(set, target.service);
  if (beside.length === 0 && !hasPods(set, target)) return shortNameFinding(set, virtualService, destination, target);
  return findingAt(virtualService, [...destination.path, 'destination', 'host'], {
    code: 'ROUTE_HOST_WITHOUT_SERVICE',
    severity: known.length > 0 ? 'error' : 'warning',
    sentence: `${nameOf(virtualService)} routes to ${destination.host}, but there is no Service ${target.service}${target.namespace ? ` in ${target.namespace}` : ''}`,
    hint:
      beside.length > 0
        ? `Services ${known.length > 0 ? 'there' : `of pods called ${target.service}`}: ${beside.join(', ')}.`
        : `Pods called ${target.service} are declared, and nothing that makes a Service of them; without one Istio sends nothing to them.`,
  });
}

/** ROUTE_HOST_ELSEWHERE: a short name is one of the VirtualService's own namespace, wherever the Service of that name stands. */
function shortNameFinding(
  set: ManifestSet,
  virtualService: ManifestObject,
  destination: Destination,
  { service, namespace }: ServiceHost,
): Finding | undefined {
  const found = servicesNamed(set, service).filter((one) => one.namespace !== '');
  const [only, second] = new Set(found.map((one) => one.namespace));
  if (destination.host !== service || namespace === '' || only === undefined || second !== undefined) return undefined;
  return findingAt(virtualService, [...destination.path, 'destination', 'host'], {
    code: 'ROUTE_HOST_ELSEWHERE',
    severity: 'warning',
    sentence: `${nameOf(virtualService)} routes to ${destination.host}, which is ${service}.${namespace}.svc.cluster.local there, but Service ${service} is in ${only}`,
    hint: `Istio completes a short name with the namespace of the VirtualService. Write ${service}.${only}.svc.cluster.local.`,
  });
}

/** Pods of that name, in that namespace. */
function hasPods(set: ManifestSet, { service, namespace }: ServiceHost): boolean {
  return NAME_LABELS.some((key) => podsWith(set, { [key]: service }).some((pods) => pods.namespace === namespace));
}

/** Names of Services of other units whose pods carry this name. */
function servicesOfPods({ others = NOBODY }: ManifestSet, name: string): readonly string[] {
  const found = bySelected(services({ objects: others })).get(name) ?? [];
  return [...new Set(found.map((one) => one.name))];
}

const bySelected = groupedBy(({ value }: ManifestObject) => Object.values(asLabels(asRecord(value.spec)?.selector)));

/** Another unit may bring the DestinationRule, for a host that it may spell in its own way. */
function isSubsetElsewhere({ others = NOBODY }: ManifestSet, { host, subset }: Destination): boolean {
  return subsetsByService(others).has(`${host.split('.')[0]} ${subset}`);
}

const subsetsByService = oncePerList(
  (objects: readonly ManifestObject[]) =>
    new Set(
      ofAnyGroup(objects, 'DestinationRule').flatMap(({ value }) => {
        const { host, subsets } = asRecord(value.spec) ?? {};
        if (typeof host !== 'string') return [];
        return asList(subsets).map((entry) => `${host.split('.')[0]} ${String(asRecord(entry)?.name)}`);
      }),
    ),
);

function arm({ host, subset }: Destination): string {
  return subset === undefined ? host : `${host} (${subset})`;
}
