/** What a Rollout steers and sends to, where another unit of the repository brings it. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { routesOf } from '../lint/routes/routes.ts';
import { serviceOfHost } from '../lint/routes/service-hosts.ts';
import { type AdoptedParts, adoptNeeds, candidatesFor, has, type Wanted } from './adopt.ts';
import { entryOf } from './client-paths.ts';
import { gatewaysOf } from './served-hosts.ts';
import { ISTIO, type Subject } from './subjects.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

const CANARY = '/spec/strategy/canary';

/**
 * Routes, Services and the workload of Rollouts that steer or run nothing of their own unit: several Applications deliver
 * one canary. What a unit lacks besides is its own fault, and stays to be seen.
 */
export function adoptRoutes(facts: UnitFacts): AdoptedParts {
  const incomplete = ofKind(facts, 'Rollout', 'argoproj.io').filter((rollout) =>
    wantedBy(rollout).some((wanted) => wanted.group !== '' && !has(facts, wanted)),
  );
  const all = [wantedBy, servicesBehind].reduce<AdoptedParts>(
    (sofar, wantedOf) => {
      const needs = incomplete.flatMap((by) =>
        wantedOf(by, sofar.facts).map((wanted) => ({ by, wanted, candidates: candidatesFor(sofar.facts, wanted) })),
      );
      const { facts: more, changes, unprovable } = adoptNeeds(sofar.facts, needs, 'needs it');
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

/** Gateways that the routes of subjects are bound to; of several that differ none, and nothing is said. */
export function adoptGateways(facts: UnitFacts, subjects: readonly Subject[]): AdoptedParts {
  const needs = subjects.flatMap((subject) => {
    const by = entryOf(subject.virtualService, facts).virtualService;
    return gatewaysOf(by).map((reference) => {
      const [name = '', namespace = by.namespace] = reference.split('/').toReversed();
      const wanted = { group: ISTIO, kind: 'Gateway', name, namespace };
      return { by, wanted, candidates: candidatesFor(facts, wanted) };
    });
  });
  return { ...adoptNeeds(facts, needs, 'is bound to it'), unprovable: [] };
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
