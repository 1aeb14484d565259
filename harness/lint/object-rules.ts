/** Pitfalls across objects: the same object twice, and subsets that no pod belongs to. */
import { isDeepStrictEqual } from 'node:util';
import { formatPosition } from '../documents/yaml-source.ts';
import { othersHere } from './from-elsewhere.ts';
import {
  asLabels,
  asRecord,
  type Finding,
  isNamedByCluster,
  isServiceIn,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  servicesNamed,
  virtualServices,
} from './manifest-set.ts';
import { oncePerList } from './once-per-list.ts';
import { effectiveWeight, routesOf } from './routes/routes.ts';
import { coversHost, fullHost, serviceOfHost } from './routes/service-hosts.ts';
import { podsWith, podTemplates, requiredLabels, type Subset, selects, subsetsOf } from './routes/subsets.ts';

/** Files that are applied one or the other, by each of them. */
export type Alternatives = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * OBJECT_DUPLICATE: whichever is applied last wins, and Argo CD warns of a resource that appears twice. The same text twice,
 * as of a Namespace at the head of several files, changes nothing, and neither do files of which people apply one: those are
 * told once for each object, and equal copies in them not at all.
 */
export function duplicateFindings(
  set: ManifestSet,
  severityOfTwins: 'error' | 'warning',
  alternatives: Alternatives = new Map(),
): readonly Finding[] {
  const declared = Map.groupBy(
    set.objects.filter((object) => !isNamedByCluster(object)),
    ({ group, kind, namespace, name }) => [group, kind, namespace, name].join('\n'),
  );
  const all = [...declared.values()].filter((same) => same.length > 1);
  const places = placesOf(all.flat());
  return all.flatMap((same) => {
    const [first, ...later] = same as [ManifestObject, ...ManifestObject[]];
    const twins = later.map((object, index) => {
      // a slip in one file, whatever another one says
      const earlier = same.slice(0, index + 1).find(({ path }) => path === object.path) ?? first;
      return { object, earlier, relation: relationOf(object, earlier, alternatives) };
    });
    const harmless = twins.filter(({ relation }) => relation === 'copy' || relation === 'alternative');
    const told = harmless.find(({ relation }) => relation === 'alternative') ?? harmless[0];
    return [
      ...twins
        .filter(({ relation }) => relation === 'twin')
        .map(({ object, earlier }) => ({
          ...{ code: 'OBJECT_DUPLICATE', layer: 'manifest' as const, severity: severityOfTwins },
          sentence: `${nameOf(object)} is declared twice`,
          where: places.get(object)!,
          hint: `The other one is at ${places.get(earlier)!}; the one that is applied last wins.`,
        })),
      ...(told ? [harmlessFinding(first, told, harmless.length, places)] : []),
    ];
  });
}

type Relation = 'twin' | 'copy' | 'alternative' | 'copy in alternatives';

function relationOf(object: ManifestObject, first: ManifestObject, alternatives: Alternatives): Relation {
  if (object.path === first.path) return 'twin';
  const isCopy = isDeepStrictEqual(object.value, first.value);
  if (alternatives.get(object.path)?.has(first.path)) return isCopy ? 'copy in alternatives' : 'alternative';
  return isCopy ? 'copy' : 'twin';
}

function harmlessFinding(
  first: ManifestObject,
  { object, relation }: { readonly object: ManifestObject; readonly relation: Relation },
  count: number,
  places: ReadonlyMap<ManifestObject, string>,
): Finding {
  const times = count === 1 ? 'twice' : `${count + 1} times`;
  return {
    code: 'OBJECT_DUPLICATE',
    layer: 'manifest',
    severity: 'info',
    sentence: `${nameOf(object)} is declared ${times}, ${relation === 'copy' ? 'in the same words' : 'by files of which one is applied'}`,
    where: places.get(object)!,
    hint: `The first one is at ${places.get(first)!}; ${relation === 'copy' ? 'Argo CD warns of a resource that appears twice.' : 'of a folder that is applied whole the last one wins.'}`,
  };
}

/** One file after the other: a file is parsed anew when its places are asked for by turns with those of others. */
function placesOf(objects: readonly ManifestObject[]): ReadonlyMap<ManifestObject, string> {
  const byFile = Map.groupBy(new Set(objects), ({ path }) => path);
  return new Map([...byFile.values()].flat().map((object) => [object, formatPosition(object.positionOf([]))]));
}

/**
 * SUBSET_WITHOUT_PODS: labels that select no pod template of the host's Service. An error when a route sends traffic
 * there, information when none does (Istio's own sample defines subsets for versions that are deployed later).
 * Judged only where the set holds workloads of that namespace.
 */
export function subsetFindings(set: ManifestSet): readonly Finding[] {
  const templates = podTemplates(set);
  const withPods = new Set(templates.map(({ namespace }) => namespace));
  return subsetsOf(set).flatMap((subset): readonly Finding[] => {
    const target = serviceOfHost(subset.host, '');
    if (!target) return [];
    if (!withPods.has(target.namespace)) return apartFindings(set, subset, target);
    const labels = requiredLabels(set, subset.host, withoutControllerLabels(subset.labels));
    const isPodHere = podsWith(set, labels).some(({ namespace }) => namespace === target.namespace);
    if (isPodHere || isPodElsewhere(set, labels))
      return isServiceIn(set, target) ? [] : apartFindings(set, subset, target);
    const routed = getsTraffic(set, subset);
    return [
      {
        code: 'SUBSET_WITHOUT_PODS',
        layer: 'manifest',
        severity: routed ? 'error' : 'info',
        sentence: `subset ${subset.name} of ${nameOf(subset.rule)} selects no pod template (${formatLabels(labels)})${routed ? ', but a route sends traffic to it' : ''}`,
        where: formatPosition(subset.positionOf()),
        ...(routed ? { hint: 'Envoy would answer 503 for that share of requests.' } : {}),
      },
    ];
  });
}

/**
 * Where routes and pods, or the Service between them, are different units: some unit runs pods of the Service, and none
 * those of the subset that gets traffic. Somebody may run them by hand, so it is a doubt.
 */
function apartFindings(
  set: ManifestSet,
  subset: Subset,
  { service: name, namespace }: { readonly service: string; readonly namespace: string },
): readonly Finding[] {
  if (!getsTraffic(set, subset)) return [];
  const lists = [set.objects, othersHere(set)].map((objects) => ({ objects }));
  const inPlace = (one: Pick<ManifestObject, 'namespace'>) => one.namespace === namespace || one.namespace === '';
  const service = lists.flatMap((list) => servicesNamed(list, name)).find(inPlace);
  const selector = asLabels(asRecord(service?.value.spec)?.selector);
  const pods =
    Object.keys(selector).length === 0 ? [] : lists.flatMap((list) => podsWith(list, selector)).filter(inPlace);
  const labels = { ...selector, ...withoutControllerLabels(subset.labels) };
  if (pods.length === 0 || pods.some((one) => selects(labels, one))) return [];
  return [
    {
      code: 'SUBSET_WITHOUT_PODS',
      layer: 'manifest',
      severity: 'warning',
      sentence: `subset ${subset.name} of ${nameOf(subset.rule)} selects no pod template of the repository (${formatLabels(labels)}), but a route sends traffic to it`,
      where: formatPosition(subset.positionOf()),
      hint: `Envoy would answer 503 for that share of requests. Pods of ${name}: ${[...new Set(pods.map(({ owner }) => nameOf(owner)))].slice(0, 5).join(', ')}.`,
    },
  ];
}

/** Argo Rollouts writes this one itself; what stands in Git is a placeholder. */
const CONTROLLER_LABEL = 'rollouts-pod-template-hash';

function withoutControllerLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== CONTROLLER_LABEL));
}

/** Pods of another unit of the repository may be meant. */
function isPodElsewhere(set: ManifestSet, labels: Readonly<Record<string, string>>): boolean {
  return podsWith({ objects: set.others ?? NOBODY }, labels).length > 0;
}

function getsTraffic(set: ManifestSet, { host, name }: Subset): boolean {
  const asked = withTraffic(set.objects).get(name);
  if (!asked) return false;
  return host.startsWith('*') ? [...asked].some((one) => coversHost(host, one)) : asked.has(host);
}

/** By the name of a subset, the full hosts of which a route sends traffic there. */
const withTraffic = oncePerList((objects: readonly ManifestObject[]) => {
  const found = new Map<string, Set<string>>();
  for (const virtualService of virtualServices({ objects }))
    for (const route of routesOf(virtualService))
      for (const destination of route.destinations)
        if (destination.subset !== undefined && effectiveWeight(destination, route) > 0) {
          const hosts = found.get(destination.subset) ?? new Set();
          found.set(destination.subset, hosts.add(fullHost(destination.host, virtualService.namespace)));
        }
  return found;
});

function formatLabels(labels: Readonly<Record<string, string>>): string {
  return (
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ') || 'no labels'
  );
}
