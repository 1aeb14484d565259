/** What of a unit can be proven with traffic: Rollouts that Istio routes for, and VirtualServices that split. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { ofKind, type UnitFacts, type Workload } from './unit-facts.ts';

const CANARY = '/spec/strategy/canary';
export const ISTIO = 'networking.istio.io';

export interface RolloutSubject {
  readonly kind: 'rollout';
  readonly rollout: ManifestObject;
  /** Its own pod template, or that of the Deployment it refers to. */
  readonly workload: Workload;
  readonly virtualService: ManifestObject;
  readonly route: SplitRoute;
  /** Without steps a release is there at once, and all of it. */
  readonly hasWeights: boolean;
}

export interface SplitSubject {
  readonly kind: 'split';
  readonly virtualService: ManifestObject;
  readonly route: SplitRoute;
  /** Of routes that could each be meant: no claim can name one. */
  readonly isOneOfSeveral: boolean;
}

export type Subject = RolloutSubject | SplitSubject;

export interface SplitRoute {
  readonly index: number;
  readonly matches: readonly Readonly<Record<string, unknown>>[];
  readonly destinations: readonly Readonly<Record<string, unknown>>[];
}

/** Something that will not be proven, and why. */
export interface Unprovable {
  readonly what: string;
  readonly why: string;
}

export interface Found {
  readonly subjects: readonly Subject[];
  readonly unprovable: readonly Unprovable[];
}

export function findSubjects(facts: UnitFacts): Found {
  const rollouts = ofKind(facts, 'Rollout', 'argoproj.io').map((rollout) => rolloutSubject(rollout, facts));
  const subjects = rollouts.flatMap((one) => ('why' in one ? [] : [one]));
  const moved = ofKind(facts, 'Rollout', 'argoproj.io').flatMap(movedBy);
  const splits = ofKind(facts, 'VirtualService', ISTIO)
    .filter(({ name, namespace }) => !moved.includes(`${namespace}/${name}`))
    .flatMap(splitSubjects);
  return {
    subjects: [...subjects, ...splits],
    unprovable: [...rollouts.flatMap((one) => ('why' in one ? [one] : [])), ...otherRouters(facts)],
  };
}

function rolloutSubject(rollout: ManifestObject, facts: UnitFacts): RolloutSubject | Unprovable {
  const no = (why: string): Unprovable => ({ what: nameOf(rollout), why });
  const canary = asRecord(valueAt(rollout.value, CANARY));
  if (!canary) return no('it has no canary strategy; blue/green moves everybody at once');
  const routing = asRecord(canary.trafficRouting);
  const istio = asRecord(routing?.istio);
  if (!istio) {
    const others = Object.keys(routing ?? {}).filter((key) => key !== 'managedRoutes');
    return no(
      others.length > 0
        ? `its router is ${others.join(', ')}, and only Istio's VirtualService is judged`
        : 'it has no traffic router, so its weights are numbers of pods and not shares of requests',
    );
  }
  if (asRecord(canary.pingPong) && !canary.stableService)
    return no(
      'its two Services change places with every release (pingPong), and claims follow a canary by its Service',
    );
  const named = asRecord(istio.virtualService) ?? asRecord(asList(istio.virtualServices)[0]);
  const virtualService = ofKind(facts, 'VirtualService', ISTIO).find(
    ({ name, namespace }) => `${namespace}/${name}` === placed(String(named?.name), rollout.namespace),
  );
  if (!virtualService) return no(`its VirtualService ${String(named?.name)} is not in the unit`);
  const workload = workloadOf(rollout, facts);
  if (!workload) return no('its pod template is not in the unit');
  const wanted = asList(named?.routes).map(String);
  const routes = httpRoutes(virtualService);
  const route =
    routes.find(({ name }) => wanted.includes(name ?? '')) ??
    routes.find(({ split }) => split.destinations.length > 1) ??
    (wanted.length > 0 ? routes.find(({ split }) => split.destinations.length > 0) : undefined);
  if (!route) return no(`${nameOf(virtualService)} has no HTTP route with a destination for stable and for canary`);
  const hasWeights = asList(canary.steps).some((step) => asRecord(step)?.setWeight !== undefined);
  return { kind: 'rollout', rollout, workload, virtualService, route: route.split, hasWeights };
}

/** All VirtualServices whose weights a Rollout writes, as `namespace/name`: none of them declares a split of its own. */
function movedBy(rollout: ManifestObject): readonly string[] {
  const istio = asRecord(valueAt(rollout.value, `${CANARY}/trafficRouting/istio`));
  return [istio?.virtualService, ...asList(istio?.virtualServices)].flatMap((entry) => {
    const name = asRecord(entry)?.name;
    return typeof name === 'string' ? [placed(name, rollout.namespace)] : [];
  });
}

function placed(name: string, namespace: string): string {
  // Argo Rollouts takes `name.namespace` as well
  const [own = name, other] = name.split('.');
  return `${other ?? namespace}/${own}`;
}

function workloadOf(rollout: ManifestObject, { workloads }: UnitFacts): Workload | undefined {
  const reference = asRecord(valueAt(rollout.value, '/spec/workloadRef'));
  return workloads.find(({ object }) =>
    reference
      ? object.kind === reference.kind && object.name === reference.name && object.namespace === rollout.namespace
      : object === rollout,
  );
}

/** The one that a claim would be about: of several the one for everybody. */
function splitSubjects(virtualService: ManifestObject): SplitSubject[] {
  const splits = httpRoutes(virtualService).filter(({ split }) => split.destinations.length > 1);
  const forEverybody = splits.filter(({ split }) => split.matches.length === 0);
  const chosen = splits.length > 1 && forEverybody.length === 1 ? forEverybody : splits;
  return chosen
    .slice(0, 1)
    .map(({ split }) => ({ kind: 'split', virtualService, route: split, isOneOfSeveral: chosen.length > 1 }));
}

export function httpRoutes({
  value,
}: ManifestObject): readonly { readonly name: string | undefined; readonly split: SplitRoute }[] {
  return asList(valueAt(value, '/spec/http')).flatMap((entry, index) => {
    const route = asRecord(entry);
    if (!route) return [];
    const records = (list: unknown): Readonly<Record<string, unknown>>[] =>
      asList(list).flatMap((one) => {
        const record = asRecord(one);
        return record ? [record] : [];
      });
    return [
      {
        name: typeof route.name === 'string' ? route.name : undefined,
        split: { index, matches: records(route.match), destinations: records(route.route) },
      },
    ];
  });
}

/** Progressive delivery that canaryproof does not speak, and what nothing in a run acts on. */
function otherRouters(facts: UnitFacts): Unprovable[] {
  const firewalls = facts.objects.filter(
    (object) => object.group === 'networking.k8s.io' && object.kind === 'NetworkPolicy',
  );
  const closed =
    firewalls.length > 0
      ? [{ what: firewalls.map(nameOf).join(', '), why: 'the network of a local cluster lets everybody through' }]
      : [];
  const routers = facts.objects.flatMap((object): Unprovable[] => {
    if (object.group === 'flagger.app' && object.kind === 'Canary')
      return [{ what: nameOf(object), why: "Flagger's controller is not one of the pinned programs" }];
    if (object.group === 'gateway.networking.k8s.io' && /Route$/.test(object.kind))
      return [{ what: nameOf(object), why: 'the Gateway API is not judged, only VirtualServices are' }];
    if (object.group === 'networking.k8s.io' && object.kind === 'Ingress')
      return [{ what: nameOf(object), why: 'no controller for Ingress objects is installed' }];
    return [];
  });
  return [...routers, ...closed];
}
