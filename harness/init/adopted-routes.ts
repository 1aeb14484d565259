/** What a Rollout steers and sends to, where another unit of the repository brings it. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { routesOf } from '../lint/routes/routes.ts';
import { serviceOfHost } from '../lint/routes/service-hosts.ts';
import type { Change } from './change.ts';
import { ISTIO } from './subjects.ts';
import type { Adopted } from './told-apart.ts';
import { ofKind, type UnitFacts, workloadOf } from './unit-facts.ts';

const CANARY = '/spec/strategy/canary';

interface Wanted {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/**
 * Routes, Services and the workload of Rollouts that steer or run nothing of their own unit: several Applications deliver
 * one canary. What a unit lacks besides is its own fault, and stays to be seen.
 */
export function adoptRoutes(facts: UnitFacts): Adopted {
  const incomplete = ofKind(facts, 'Rollout', 'argoproj.io').filter((rollout) =>
    wantedBy(rollout).some((wanted) => wanted.group !== '' && !has(facts, wanted)),
  );
  return [wantedBy, servicesBehind].reduce<Adopted>(
    (sofar, wanted) => {
      const { facts: all, changes } = adopted(sofar.facts, incomplete, wanted);
      return { facts: all, changes: [...sofar.changes, ...changes] };
    },
    { facts, changes: [] },
  );
}

function adopted(
  facts: UnitFacts,
  rollouts: readonly ManifestObject[],
  wantedOf: (rollout: ManifestObject, facts: UnitFacts) => readonly Wanted[],
): Adopted {
  const found = rollouts.flatMap((rollout) =>
    wantedOf(rollout, facts).flatMap((wanted) => {
      const object = neighbour(facts, wanted);
      return object ? [{ object, by: rollout }] : [];
    }),
  );
  const all = [...new Map(found.map((one) => [nameOf(one.object), one])).values()];
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
    // Argo Rollouts takes `name.namespace` of a VirtualService
    const [name = written, namespace = rollout.namespace] = written.split('.');
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

/** In its own namespace now, where it named none; undefined where the unit has it, or nobody. */
function neighbour(facts: UnitFacts, wanted: Wanted): ManifestObject | undefined {
  if (has(facts, wanted)) return undefined;
  const known = facts.others.filter((one) => isNamed(one, wanted));
  const found =
    known.find(({ namespace }) => namespace === wanted.namespace) ?? known.find(({ namespace }) => namespace === '');
  if (!found) return undefined;
  const metadata = { ...asRecord(found.value.metadata), namespace: wanted.namespace };
  return { ...found, namespace: wanted.namespace, value: { ...found.value, metadata } };
}
