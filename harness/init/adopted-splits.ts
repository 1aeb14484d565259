/** Where the traffic of a split goes, where another unit of the repository brings it. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { serviceOfHost } from '../lint/routes/service-hosts.ts';
import { type AdoptedParts, adoptNeeds, candidatesFor, inPlace, type Need } from './adopt.ts';
import { isHostOf } from './split-arms.ts';
import { findSubjects, ISTIO, type SplitSubject } from './subjects.ts';
import { ofKind, selectedBy, type UnitFacts, workloadOf } from './unit-facts.ts';

interface Destination {
  readonly by: ManifestObject;
  readonly service: string;
  readonly namespace: string;
  readonly subset: string | undefined;
}

/** Services and DestinationRules of its destinations, then the pods behind them: routes and programs are often two units. */
export function adoptSplits(facts: UnitFacts): AdoptedParts {
  const splits = findSubjects(facts).subjects.filter((one): one is SplitSubject => one.kind === 'split');
  const destinations = splits.flatMap(destinationsOf);
  const named = adoptNeeds(
    facts,
    destinations.flatMap((one) => [serviceNeed(one, facts), ...ruleNeeds(one, facts)]),
    'sends there',
  );
  const behind = adoptNeeds(
    named.facts,
    destinations.flatMap((one) => workloadNeeds(one, named.facts)),
    'sends there',
  );
  const unprovable = [...named.unprovable, ...behind.unprovable];
  return {
    facts: behind.facts,
    changes: [...named.changes, ...behind.changes],
    unprovable: [...new Map(unprovable.map((one) => [one.what, one])).values()],
  };
}

function destinationsOf({ virtualService: by, route }: SplitSubject): readonly Destination[] {
  return route.destinations.flatMap(({ destination }) => {
    const { host, subset } = asRecord(destination) ?? {};
    const target = serviceOfHost(String(host), by.namespace);
    if (!target) return [];
    return [{ by, ...target, subset: typeof subset === 'string' ? subset : undefined }];
  });
}

function serviceNeed({ by, service, namespace }: Destination, facts: UnitFacts): Need {
  const wanted = { group: '', kind: 'Service', name: service, namespace };
  return { by, wanted, candidates: candidatesFor(facts, wanted) };
}

/** Of any name: a rule belongs to its host. */
function ruleNeeds(destination: Destination, facts: UnitFacts): readonly Need[] {
  const { by, service, namespace, subset } = destination;
  if (subset === undefined || subsetLabels(destination, facts.objects) !== undefined) return [];
  const rules = facts.others.filter((one) => subsetLabels(destination, [one]) !== undefined);
  const candidates = inPlace(rules, namespace);
  const name = candidates[0]?.name ?? service;
  return [{ by, wanted: { group: ISTIO, kind: 'DestinationRule', name, namespace }, candidates }];
}

/** Whatever else of the repository runs pods that are selected, all of it. */
function workloadNeeds(destination: Destination, facts: UnitFacts): readonly Need[] {
  const { by, service: name, namespace } = destination;
  const service = ofKind(facts, 'Service', '').find((one) => one.name === name && one.namespace === namespace);
  const labels = destination.subset === undefined ? {} : subsetLabels(destination, facts.objects);
  const selector = { ...asRecord(valueAt(service?.value, '/spec/selector')), ...labels };
  if (!service || !labels || selectedBy(facts.workloads, selector, namespace).length > 0) return [];
  const workloads = facts.others.filter(({ kind }) => /^(Deployment|StatefulSet)$/.test(kind)).flatMap(workloadOf);
  const found = [namespace, ''].flatMap((place) => selectedBy(workloads, selector, place));
  const selected = inPlace(
    found.map(({ object }) => object),
    namespace,
  );
  return [...Map.groupBy(selected, nameOf).values()].map((candidates) => {
    const { group, kind, name: own } = candidates[0]!;
    return { by, wanted: { group, kind, name: own, namespace }, candidates };
  });
}

function subsetLabels(
  { service, namespace, subset }: Destination,
  objects: readonly ManifestObject[],
): Readonly<Record<string, unknown>> | undefined {
  const entry = objects
    .filter(
      ({ kind, group, value }) =>
        kind === 'DestinationRule' &&
        group === ISTIO &&
        isHostOf(String(valueAt(value, '/spec/host')), service, namespace),
    )
    .flatMap(({ value }) => asList(valueAt(value, '/spec/subsets')).map(asRecord))
    .find((one) => one?.name === subset);
  return entry && (asRecord(entry.labels) ?? {});
}
