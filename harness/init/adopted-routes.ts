/** What a Rollout steers and sends to, where another unit of the repository brings it. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import type { Change } from './change.ts';
import { ISTIO } from './subjects.ts';
import type { Adopted } from './told-apart.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

const CANARY = '/spec/strategy/canary';

interface Wanted {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** VirtualServices, DestinationRules and Services of Rollouts: several Applications may deliver one canary. */
export function adoptRoutes(facts: UnitFacts): Adopted {
  const found = ofKind(facts, 'Rollout', 'argoproj.io').flatMap((rollout) =>
    wantedBy(rollout).flatMap((wanted) => {
      const object = neighbour(facts, wanted);
      return object ? [{ object, by: rollout }] : [];
    }),
  );
  const all = [...new Map(found.map((one) => [nameOf(one.object), one])).values()];
  return {
    facts: { ...facts, objects: [...facts.objects, ...all.map(({ object }) => object)] },
    changes: all.map(({ object, by }) => ({
      reason: `another unit of the repository brings it, and ${nameOf(by)} needs it`,
      add: object.value as unknown as Change['add'],
    })),
  };
}

function wantedBy(rollout: ManifestObject): readonly Wanted[] {
  const canary = asRecord(valueAt(rollout.value, CANARY));
  const istio = asRecord(asRecord(canary?.trafficRouting)?.istio);
  if (!istio) return [];
  const pingPong = asRecord(canary?.pingPong);
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
    ...[canary?.stableService, canary?.canaryService, pingPong?.pingService, pingPong?.pongService].flatMap(
      at('', 'Service'),
    ),
  ];
}

/** In its own namespace now, where it named none; undefined where the unit has it, or nobody. */
function neighbour({ objects, others }: UnitFacts, wanted: Wanted): ManifestObject | undefined {
  const isIt = ({ group, kind, name }: ManifestObject) =>
    group === wanted.group && kind === wanted.kind && name === wanted.name;
  if (objects.some((one) => isIt(one) && one.namespace === wanted.namespace)) return undefined;
  const known = others.filter(isIt);
  const found =
    known.find(({ namespace }) => namespace === wanted.namespace) ?? known.find(({ namespace }) => namespace === '');
  if (!found) return undefined;
  const metadata = { ...asRecord(found.value.metadata), namespace: wanted.namespace };
  return { ...found, namespace: wanted.namespace, value: { ...found.value, metadata } };
}
