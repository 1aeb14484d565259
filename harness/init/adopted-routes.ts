/** What a Rollout steers and sends to, where another unit of the repository brings it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { routesOf } from '../lint/routes/routes.ts';
import { serviceOfHost } from '../lint/routes/service-hosts.ts';
import type { Change } from './changes/change.ts';
import { entryOf, gatewaysOf } from './client-paths.ts';
import { ISTIO, type Subject, type Unprovable } from './subjects.ts';
import type { Adopted } from './told-apart.ts';
import { ofKind, type UnitFacts, workloadOf } from './unit-facts.ts';

const CANARY = '/spec/strategy/canary';

interface Wanted {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

interface AdoptedRoutes extends Adopted {
  readonly unprovable: readonly Unprovable[];
}

/**
 * Routes, Services and the workload of Rollouts that steer or run nothing of their own unit: several Applications deliver
 * one canary. What a unit lacks besides is its own fault, and stays to be seen.
 */
export function adoptRoutes(facts: UnitFacts): AdoptedRoutes {
  const incomplete = ofKind(facts, 'Rollout', 'argoproj.io').filter((rollout) =>
    wantedBy(rollout).some((wanted) => wanted.group !== '' && !has(facts, wanted)),
  );
  const all = [wantedBy, servicesBehind].reduce<AdoptedRoutes>(
    (sofar, wanted) => {
      const { facts: more, changes, unprovable } = adopted(sofar.facts, incomplete, wanted);
      return {
        facts: more,
        changes: [...sofar.changes, ...changes],
        unprovable: [...sofar.unprovable, ...unprovable],
      };
    },
    { facts, changes: [], unprovable: [] },
  );
  return { ...all, unprovable: [...new Map(all.unprovable.map((one) => [one.what, one])).values()] };
}

function adopted(
  facts: UnitFacts,
  rollouts: readonly ManifestObject[],
  wantedOf: (rollout: ManifestObject, facts: UnitFacts) => readonly Wanted[],
): AdoptedRoutes {
  const found = rollouts.flatMap((by) =>
    wantedOf(by, facts).map((wanted) => ({ by, wanted, candidates: candidatesFor(facts, wanted) })),
  );
  const one = found.flatMap(({ by, wanted, candidates }) =>
    candidates[0] && areAlike(candidates) ? [{ by, object: inNamespace(candidates[0], wanted.namespace) }] : [],
  );
  const all = [...new Map(one.map((each) => [nameOf(each.object), each])).values()];
  const objects = all.map(({ object }) => object);
  return {
    facts: {
      ...facts,
      objects: [...facts.objects, ...objects],
      workloads: [...facts.workloads, ...objects.flatMap(workloadOf)],
    },
    changes: all.map(({ object, by }) => ({
      reason: `another unit of the repository brings it, and ${nameOf(by)} needs it`,
      add: object.value as unknown as Change['add'],
    })),
    unprovable: found
      .filter(({ candidates }) => !areAlike(candidates))
      .map(({ by, wanted }) => ({
        what: nameOf(wanted),
        why: `units of the repository bring different ones, and nothing says which of them ${nameOf(by)} needs`,
      })),
  };
}

/** Gateways that the routes of subjects are bound to, where all units that bring them agree. */
export function adoptGateways(facts: UnitFacts, subjects: readonly Subject[]): Adopted {
  const found = subjects.flatMap((subject) => {
    const by = entryOf(subject.virtualService, facts).virtualService;
    return gatewaysOf(by).flatMap((reference) => {
      const [name = '', namespace = by.namespace] = reference.split('/').toReversed();
      const candidates = candidatesFor(facts, { group: ISTIO, kind: 'Gateway', name, namespace });
      return candidates[0] && areAlike(candidates) ? [{ by, object: inNamespace(candidates[0], namespace) }] : [];
    });
  });
  const all = [...new Map(found.map((one) => [nameOf(one.object), one])).values()];
  return {
    facts: { ...facts, objects: [...facts.objects, ...all.map(({ object }) => object)] },
    changes: all.map(({ object, by }) => ({
      reason: `another unit of the repository brings it, and ${nameOf(by)} is bound to it`,
      add: object.value as unknown as Change['add'],
    })),
  };
}

/** Of the routes that it steers, once they are there. */
function servicesBehind(rollout: ManifestObject, facts: UnitFacts): readonly Wanted[] {
  const steered = wantedBy(rollout).filter(({ kind }) => kind === 'VirtualService');
  return ofKind(facts, 'VirtualService', ISTIO)
    .filter(({ name, namespace }) => steered.some((one) => one.name === name && one.namespace === namespace))
    .flatMap((virtualService) =>
      routesOf(virtualService).flatMap(({ destinations }) =>
        destinations.flatMap(({ host }) => {
          const target = serviceOfHost(host, virtualService.namespace);
          return target ? [{ group: '', kind: 'Service', name: target.service, namespace: target.namespace }] : [];
        }),
      ),
    );
}

function wantedBy(rollout: ManifestObject): readonly Wanted[] {
  const canary = asRecord(valueAt(rollout.value, CANARY));
  const istio = asRecord(asRecord(canary?.trafficRouting)?.istio);
  if (!istio) return [];
  const pingPong = asRecord(canary?.pingPong);
  const workload = asRecord(valueAt(rollout.value, '/spec/workloadRef'));
  const at = (group: string, kind: string) => (written: unknown) => {
    if (typeof written !== 'string' || written === '') return [];
    // Argo Rollouts takes `name.namespace` of a VirtualService; other names may have dots of their own
    const parts = kind === 'VirtualService' ? written.split('.') : [written];
    const [name = written, namespace = rollout.namespace] = parts;
    return [{ group, kind, name, namespace }];
  };
  return [
    ...[istio.virtualService, ...asList(istio.virtualServices)].flatMap((one) =>
      at(ISTIO, 'VirtualService')(asRecord(one)?.name),
    ),
    ...at(ISTIO, 'DestinationRule')(asRecord(istio.destinationRule)?.name),
    ...(typeof workload?.kind === 'string' ? at('apps', workload.kind)(workload.name) : []),
    ...[canary?.stableService, canary?.canaryService, pingPong?.pingService, pingPong?.pongService].flatMap(
      at('', 'Service'),
    ),
  ];
}

function has({ objects }: UnitFacts, wanted: Wanted): boolean {
  return objects.some((one) => isNamed(one, wanted) && one.namespace === wanted.namespace);
}

function isNamed({ group, kind, name }: ManifestObject, wanted: Wanted): boolean {
  return group === wanted.group && kind === wanted.kind && name === wanted.name;
}

/** In the namespace itself, else in none; none where the unit has it, or nobody. */
function candidatesFor(facts: UnitFacts, wanted: Wanted): readonly ManifestObject[] {
  if (has(facts, wanted)) return [];
  const known = facts.others.filter((one) => isNamed(one, wanted));
  const inPlace = known.filter(({ namespace }) => namespace === wanted.namespace);
  return inPlace.length > 0 ? inPlace : known.filter(({ namespace }) => namespace === '');
}

/** One manifest may be rendered in several units; overlays of several environments differ. */
function areAlike([first, ...others]: readonly ManifestObject[]): boolean {
  return others.every(({ value }) => isDeepStrictEqual(value, first?.value));
}

/** In its own namespace now, where it named none. */
function inNamespace(found: ManifestObject, namespace: string): ManifestObject {
  const metadata = { ...asRecord(found.value.metadata), namespace };
  return { ...found, namespace, value: { ...found.value, metadata } };
}
