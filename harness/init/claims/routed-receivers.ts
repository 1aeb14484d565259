/** Who answers a route, and whether a claim may let those pods fail. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import { clientPaths, entryOf } from '../client-paths.ts';
import { gatewaysOf } from '../served-hosts.ts';
import { armsOf, isHostOf } from '../split-arms.ts';
import { spokenNames } from '../stand-ins.ts';
import { ISTIO, type SplitRoute } from '../subjects.ts';
import { ofKind, selectedBy, type UnitFacts, type Workload } from '../unit-facts.ts';
import type { ClaimInput } from './claim-draft.ts';
import type { ClientPath } from './client-path.ts';

export interface Receivers {
  readonly workloads: readonly Workload[];
  /** Labels that all of them have, and no other pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly service: string;
  readonly path: ClientPath;
}

/** The pods behind a route as one receiver, and a client of it; or why there is none. */
export function receiversOf(
  virtualService: ManifestObject,
  route: SplitRoute,
  { facts, subjects, host }: ClaimInput,
): Receivers | string {
  const workloads = [...new Set(armsOf({ route }, facts).map(({ workload }) => workload))];
  const known = workloads.filter((workload) => workload !== undefined);
  const [first] = known;
  if (!first || known.length < workloads.length)
    return 'a destination of its route selects no pods of exactly one workload of the unit';
  const namespace = first.object.namespace;
  const labels = sharedLabels(known);
  if (!isExactly(selectedBy(facts.workloads, labels, namespace), known))
    return 'no labels select just the pods behind its route';
  const services = new Set(known.map((workload) => spokenNames(workload, facts, subjects).service));
  const [service, other] = services;
  if (service === undefined || other !== undefined) return 'the pods behind its route run different programs';
  const { virtualService: entry } = entryOf(virtualService, facts);
  // a Gateway that a subject lacks is added
  if (
    !isServed(entry, facts) &&
    !subjects.some((subject) => entryOf(subject.virtualService, facts).virtualService === entry)
  )
    return 'a Gateway that it is bound to is not in the unit';
  const [path] = clientPaths({ virtualService, route }, facts, host);
  if (!path) return 'no client of the unit reaches its route';
  return { workloads: known, labels, namespace, service, path };
}

/** Policies that would answer for pods which a claim lets fail, so that what it counts is no longer the route's doing. */
export function isProtected(hosts: readonly string[], facts: UnitFacts): boolean {
  const services = ofKind(facts, 'Service', '').filter(({ name, namespace }) =>
    hosts.some((host) => isHostOf(host, name, namespace)),
  );
  return ofKind(facts, 'DestinationRule', ISTIO)
    .filter(({ value }) =>
      services.some(({ name, namespace }) => isHostOf(String(valueAt(value, '/spec/host')), name, namespace)),
    )
    .flatMap(({ value }) => [
      valueAt(value, '/spec/trafficPolicy'),
      ...asList(valueAt(value, '/spec/subsets')).map((subset) => asRecord(subset)?.trafficPolicy),
    ])
    .some(
      (policy) => asRecord(policy)?.outlierDetection !== undefined || asRecord(policy)?.connectionPool !== undefined,
    );
}

function sharedLabels(workloads: readonly Workload[]): Readonly<Record<string, string>> {
  const entries = Object.entries(workloads[0]?.labels ?? {});
  return Object.fromEntries(entries.filter(([key, value]) => workloads.every(({ labels }) => labels[key] === value)));
}

function isExactly(found: readonly Workload[], wanted: readonly Workload[]): boolean {
  return found.length === wanted.length && found.every((one) => wanted.includes(one));
}

function isServed(entry: ManifestObject, facts: UnitFacts): boolean {
  return gatewaysOf(entry)
    .filter((name) => name !== 'mesh')
    .every((written) => {
      const [name = '', namespace = entry.namespace] = written.split('/').reverse();
      return ofKind(facts, 'Gateway', ISTIO).some((one) => one.name === name && one.namespace === namespace);
    });
}
