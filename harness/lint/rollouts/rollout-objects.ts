/** Rollouts of a set of manifests, and the VirtualServices that they steer. Pure. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asList, asRecord, type ManifestObject, type ManifestSet, named, ofKind } from '../manifest-set.ts';

export const CANARY: ValuePath = ['spec', 'strategy', 'canary'];

export function rollouts(set: Pick<ManifestSet, 'objects'>): readonly ManifestObject[] {
  return ofKind(set.objects, 'argoproj.io', 'Rollout');
}

export function canaryOf(rollout: ManifestObject): Readonly<Record<string, unknown>> | undefined {
  return asRecord(asRecord(asRecord(rollout.value.spec)?.strategy)?.canary);
}

/** A Service that a canary strategy names, with the place where it does. */
export interface NamedService {
  readonly key: 'stableService' | 'canaryService' | 'pingService' | 'pongService';
  readonly path: ValuePath;
  /** Empty where it is not named. */
  readonly name: string;
}

/**
 * The two between which a router splits: the one of the pods that stay first. With `pingPong` (for Istio since Argo Rollouts
 * 1.7) they change places with every release; where the other two are named as well, it is for the ALB alone
 * (GetStableAndCanaryServices).
 */
export function routedServices(canary: Readonly<Record<string, unknown>>): readonly [NamedService, NamedService] {
  const pingPong = asRecord(canary.pingPong);
  const of = (key: NamedService['key'], fields: Readonly<Record<string, unknown>>, ...at: readonly string[]) => ({
    ...{ key, path: [...CANARY, ...at, key], name: textOf(fields[key]) },
  });
  const isOther = textOf(canary.stableService) !== '' || textOf(canary.canaryService) !== '';
  return pingPong && !isOther
    ? [of('pingService', pingPong, 'pingPong'), of('pongService', pingPong, 'pingPong')]
    : [of('stableService', canary), of('canaryService', canary)];
}

/** One VirtualService that a Rollout names, with the place where it does. */
export interface SteeredReference {
  readonly reference: Readonly<Record<string, unknown>>;
  readonly path: ValuePath;
  readonly name: string;
  /** `name.namespace`, or else the Rollout's own. */
  readonly namespace: string;
}

/** `virtualService` and `virtualServices` of `trafficRouting.istio`. */
export function steeredReferences(rollout: ManifestObject): readonly SteeredReference[] {
  const istio = asRecord(asRecord(canaryOf(rollout)?.trafficRouting)?.istio);
  const path = [...CANARY, 'trafficRouting', 'istio'];
  const places: readonly (readonly [unknown, ValuePath])[] = [
    [istio?.virtualService, [...path, 'virtualService']],
    ...asList(istio?.virtualServices).map((entry, index) => [entry, [...path, 'virtualServices', index]] as const),
  ];
  return places.flatMap(([entry, at]) => {
    const reference = asRecord(entry);
    if (!reference) return [];
    const [name = '', namespace = rollout.namespace] = textOf(reference.name).split('.');
    return [{ reference, path: at, name, namespace }];
  });
}

export function steeredVirtualService(
  set: ManifestSet,
  { name, namespace }: SteeredReference,
): ManifestObject | undefined {
  return named(set.objects, 'VirtualService', name).find(
    (one) => one.group === 'networking.istio.io' && one.namespace === namespace,
  );
}

/** Every VirtualService of the set into which some Rollout writes weights. */
export function steeredVirtualServices(set: ManifestSet): ReadonlySet<ManifestObject> {
  const found = rollouts(set)
    .flatMap(steeredReferences)
    .map((reference) => steeredVirtualService(set, reference));
  return new Set(found.filter((one) => one !== undefined));
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
