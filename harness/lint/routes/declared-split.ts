/**
 * What Git declares: the weights of a VirtualService and, through DestinationRules, the `version` label of the pods
 * that each weight belongs to. The arms of a verdict are named after that label, because that is what pods say they are;
 * without it, after the tag of the image that the selected workload runs.
 */

import { nearestName } from '../../documents/nearest-name.ts';
import { formatPosition } from '../../documents/yaml-source.ts';
import { usageError } from '../../errors/harness-error.ts';
import {
  asLabels,
  asList,
  asRecord,
  type ManifestFile,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  parseManifestSet,
  services,
  virtualServices,
} from '../manifest-set.ts';
import { type Destination, effectiveWeight, type Route, routesOf } from './routes.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';
import { subsetsOf, subsetsOfHost } from './subsets.ts';

export interface DeclaredArm {
  /** Undefined when the route splits between hosts and not between subsets. */
  readonly subset: string | undefined;
  readonly host: string;
  /** Labels that select the arm's pods: the subset's, or the selector of the host's Service. */
  readonly labels: Readonly<Record<string, string>>;
  /** The name of the arm: the label `version`, or else the tag of the image of the only workload that is selected. */
  readonly version: string;
  /** As written. */
  readonly weight: number;
  /** Of the sum of the weights: Istio takes them as proportions, whatever they sum to. */
  readonly share: number;
}

export interface DeclaredSplit {
  readonly virtualService: { readonly name: string; readonly namespace: string };
  /** Host of the first arm, as written. */
  readonly host: string;
  /** As written; `mesh` when the VirtualService lists none, as Istio reads it. */
  readonly gateways: readonly string[];
  readonly arms: readonly [DeclaredArm, ...DeclaredArm[]];
  /** Where the split is declared: the list of destinations. */
  readonly file: string;
  readonly line: number;
}

/** Subset (or version, where the split is between hosts) -> weight. */
export function weightsOf({ arms }: Pick<DeclaredSplit, 'arms'>): Readonly<Record<string, number>> {
  return Object.fromEntries(arms.map(({ subset, version, weight }) => [subset ?? version, weight]));
}

export interface SplitQuery {
  readonly virtualService: { readonly name: string; readonly namespace?: string };
  /** Namespace of objects that name none. */
  readonly namespace?: string;
  /** Weights that a claim writes in percent must be what comes out. */
  readonly isInPercent?: boolean;
  /** Who names the VirtualService, as it is shown: the place to mend where there is none of that name. */
  readonly askedAt?: string;
}

/**
 * Other problems of the manifests do not matter here; lint them first.
 * @throws HarnessError (exit 2) MANIFEST_YAML_SYNTAX, SPLIT_VIRTUAL_SERVICE_MISSING, SPLIT_ROUTE_MISSING,
 *   SPLIT_AMBIGUOUS, SPLIT_WEIGHTS, SPLIT_SUBSET_MISSING, SPLIT_VERSION_MISSING, SPLIT_VERSION_REPEATED.
 */
export function readDeclaredSplit(files: readonly ManifestFile[], query: SplitQuery): DeclaredSplit {
  const set = parseManifestSet(files, query.namespace ?? '');
  const [syntax] = set.syntaxFindings;
  if (syntax)
    throw usageError(syntax.code, syntax.sentence, { ...(syntax.where === undefined ? {} : { where: syntax.where }) });
  const virtualService = findVirtualService(set, query);
  const route = splitRoute(virtualService);
  requireProportions(virtualService, route, query.isInPercent ?? false);
  const [first, ...rest] = route.destinations.map((destination) => armOf(set, virtualService, route, destination));
  const arms = [first!, ...rest] as const;
  const repeated = arms.find((arm, index) => arms.findIndex(({ version }) => version === arm.version) < index);
  if (repeated)
    throw usageError(
      'SPLIT_VERSION_REPEATED',
      `two destinations of ${nameOf(virtualService)} select version ${repeated.version}, so their answers cannot be told apart`,
      {
        where: placeOf(virtualService, route),
      },
    );
  const gateways = asList(asRecord(virtualService.value.spec)?.gateways).filter(
    (gateway) => typeof gateway === 'string',
  );
  const { path: file, line } = virtualService.positionOf(route.path);
  return {
    virtualService: { name: virtualService.name, namespace: virtualService.namespace },
    host: arms[0].host,
    gateways: gateways.length > 0 ? gateways : ['mesh'],
    arms,
    file,
    line,
  };
}

function findVirtualService(set: ManifestSet, { virtualService: wanted, askedAt }: SplitQuery): ManifestObject {
  const all = virtualServices(set);
  const named = all.filter(
    ({ name, namespace }) =>
      name === wanted.name && (wanted.namespace === undefined || namespace === '' || namespace === wanted.namespace),
  );
  const [found, second] = named;
  if (!found)
    throw usageError(
      'SPLIT_VIRTUAL_SERVICE_MISSING',
      `there is no ${nameOf({ kind: 'VirtualService', name: wanted.name, namespace: wanted.namespace ?? '' })}`,
      { hint: knownInstead(all, wanted.name), ...(askedAt === undefined ? {} : { where: askedAt }) },
    );
  if (second)
    throw usageError('SPLIT_AMBIGUOUS', `there are ${named.length} VirtualServices called ${wanted.name}`, {
      where: formatPosition(second.positionOf([])),
      hint: `Name one with its namespace: ${named.map(({ namespace, name }) => `${namespace || '?'}/${name}`).join(', ')}.`,
    });
  return found;
}

function knownInstead(all: readonly ManifestObject[], wanted: string): string {
  if (all.length === 0) return 'No VirtualService was found at all.';
  const found = `Found: ${all.map((one) => nameOf(one)).join(', ')}.`;
  const near = nearestName(
    wanted,
    all.map(({ name }) => name),
  );
  return near === undefined || near === wanted ? found : `${found} Did you mean ${near}?`;
}

/**
 * The one route with several destinations; or, without such a route, the only one that there is. Of several splits it is
 * the one without a `match`: those with one are for chosen requests, such as those that carry a cookie already.
 */
function splitRoute(virtualService: ManifestObject): Route {
  const routes = routesOf(virtualService).filter(
    ({ protocol, destinations }) => protocol === 'http' && destinations.length > 0,
  );
  const splits = routes.filter(({ destinations }) => destinations.length > 1);
  const all = splits.length > 0 ? splits : routes;
  const forEverybody = all.filter((one) => !hasMatch(virtualService, one));
  const candidates = all.length > 1 && forEverybody.length === 1 ? forEverybody : all;
  const [route, second] = candidates;
  if (!route)
    throw usageError('SPLIT_ROUTE_MISSING', `${nameOf(virtualService)} has no HTTP route with destinations`, {
      where: formatPosition(virtualService.positionOf(['spec'])),
    });
  if (second)
    throw usageError(
      'SPLIT_AMBIGUOUS',
      `${nameOf(virtualService)} has ${candidates.length} HTTP routes that could be the split`,
      {
        where: placeOf(virtualService, second),
        hint: 'Only one route may split traffic, so that there is one declared share for all requests.',
      },
    );
  return route;
}

function hasMatch({ value }: ManifestObject, { path }: Route): boolean {
  const [, , index] = path;
  return asList(asRecord(asList(asRecord(value.spec)?.http)[Number(index)])?.match).length > 0;
}

function requireProportions(virtualService: ManifestObject, route: Route, isInPercent: boolean): void {
  if (route.destinations.length === 1) return;
  const weights = weightsIn(route);
  const sum = sumOf(weights);
  const isWhole = weights.every((weight) => Number.isInteger(weight) && weight >= 0);
  if (isWhole && (isInPercent ? sum === 100 : sum > 0)) return;
  throw usageError(
    'SPLIT_WEIGHTS',
    `the weights of ${nameOf(virtualService)} must be whole numbers that sum to ${isInPercent ? '100' : 'more than 0'}, but ${weights.join(' + ')} = ${sum}`,
    {
      where: placeOf(virtualService, route),
      hint: isInPercent
        ? 'Change all weights of a route in the same commit; Istio itself takes other sums as proportions.'
        : 'Istio refuses other weights.',
    },
  );
}

function weightsIn(route: Route): readonly number[] {
  return route.destinations.map((destination) => effectiveWeight(destination, route));
}

function sumOf(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0);
}

function armOf(set: ManifestSet, virtualService: ManifestObject, route: Route, destination: Destination): DeclaredArm {
  const host = fullHost(destination.host, virtualService.namespace);
  const labels =
    destination.subset === undefined ? selectorOf(set, host) : subsetLabels(set, virtualService, destination, host);
  const isAlone = route.destinations.length === 1;
  const weight = isAlone ? 100 : effectiveWeight(destination, route);
  const total = isAlone ? 100 : sumOf(weightsIn(route));
  const version = labels.version ?? versionOfSelected(set, labels, host);
  if (version === undefined)
    throw usageError(
      'SPLIT_VERSION_MISSING',
      `${destination.subset === undefined ? `host ${destination.host}` : `subset ${destination.subset} of ${destination.host}`} does not select pods by the label 'version', nor pods of one workload whose image has a tag, so its answers have no name`,
      {
        where: formatPosition(virtualService.positionOf(destination.path)),
        hint: 'Add version to the labels of the subset (or to the selector of the Service).',
      },
    );
  return { subset: destination.subset, host: destination.host, labels, version, weight, share: weight / total };
}

function subsetLabels(
  set: ManifestSet,
  virtualService: ManifestObject,
  destination: Destination,
  host: string,
): Readonly<Record<string, string>> {
  const known = subsetsOfHost(subsetsOf(set), host);
  const subset = known.find(({ name }) => name === destination.subset);
  if (subset) return subset.labels;
  throw usageError(
    'SPLIT_SUBSET_MISSING',
    `${nameOf(virtualService)} routes to subset ${destination.subset} of ${destination.host}, which no DestinationRule defines`,
    {
      where: formatPosition(virtualService.positionOf([...destination.path, 'destination', 'subset'])),
      hint:
        known.length > 0
          ? `Defined: ${known.map(({ name }) => name).join(', ')}.`
          : `No DestinationRule defines subsets for ${destination.host}.`,
    },
  );
}

function selectorOf(set: ManifestSet, host: string): Readonly<Record<string, string>> {
  const target = serviceOfHost(host, '');
  const service = services(set).find(
    ({ name, namespace }) => name === target?.service && namespace === target.namespace,
  );
  return asLabels(asRecord(service?.value.spec)?.selector);
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout']);

/** Of the only workload with these labels: its pods' label `version`, or the tag of its first image. */
function versionOfSelected(
  set: ManifestSet,
  labels: Readonly<Record<string, string>>,
  host: string,
): string | undefined {
  const wanted = Object.entries(labels);
  const namespace = serviceOfHost(host, '')?.namespace;
  const selected = set.objects.filter(({ kind, value, namespace: own }) => {
    if (!WORKLOADS.has(kind) || (namespace !== undefined && own !== '' && own !== namespace)) return false;
    const given = asLabels(asRecord(asRecord(asRecord(value.spec)?.template)?.metadata)?.labels);
    return wanted.every(([key, text]) => given[key] === text);
  });
  const [workload, second] = selected;
  if (!workload || second || wanted.length === 0) return undefined;
  const template = asRecord(asRecord(workload.value.spec)?.template);
  const own = asLabels(asRecord(template?.metadata)?.labels).version;
  const image = asRecord(asList(asRecord(template?.spec)?.containers)[0])?.image;
  return own ?? (typeof image === 'string' ? /:([^:/@]+)$/.exec(image.replace(/@.*$/, ''))?.[1] : undefined);
}

function placeOf(virtualService: ManifestObject, route: Route): string {
  return formatPosition(virtualService.positionOf(route.path));
}
