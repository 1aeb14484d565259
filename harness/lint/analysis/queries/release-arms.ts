/** What tells the canary of a Rollout from its stable version, as labels of series may show it. */
import { asLabels, asRecord, type ManifestObject, type ManifestSet } from '../../manifest-set.ts';
import { canaryOf, textOf } from '../../rollouts/rollout-objects.ts';
import { servicesSelecting } from '../../routes/subsets.ts';
import { CANARY_HASH, STABLE_HASH, UNKNOWN_NAMESPACE } from '../analysis-uses.ts';

export interface ReleaseArm {
  readonly name: 'canary' | 'stable';
  readonly hash: string;
  /** Names of Services whose selector takes in this arm's pods; those of one arm only first. */
  readonly services: readonly string[];
  /** Names of pods, Services and workloads that series of this arm may carry. */
  readonly candidates: readonly string[];
  /** A label value that belongs to the other arm. */
  isForeign(value: string, label: string): boolean;
}

/** Labels that hold the name of a Service; an application or a workload may have the same name and be both arms. */
const NAMES_SERVICE = /service|host|authority|upstream|cluster|envoy|ingress/i;

/** Stable and canary; the same candidates for both where nothing tells them apart. */
export function releaseArms(set: ManifestSet, rollout: ManifestObject): readonly ReleaseArm[] {
  const canary = canaryOf(rollout);
  const template = asRecord(asRecord(asRecord(rollout.value.spec)?.template)?.metadata);
  const pods = asLabels(template?.labels);
  const own = { canary: textOf(canary?.canaryService), stable: textOf(canary?.stableService) };
  const shared = servicesSelecting(set, rollout.namespace, pods)
    .filter(({ value }) => Object.keys(asLabels(asRecord(value.spec)?.selector)).length > 0)
    .map(({ name }) => name)
    .filter((name) => name !== own.canary && name !== own.stable);
  const metadata = {
    canary: Object.values(asLabels(asRecord(asRecord(canary?.canaryMetadata)?.labels))),
    stable: Object.values(asLabels(asRecord(asRecord(canary?.stableMetadata)?.labels))),
  };
  const namespace = rollout.namespace || UNKNOWN_NAMESPACE;
  return (['stable', 'canary'] as const).map((name): ReleaseArm => {
    const other = name === 'canary' ? 'stable' : 'canary';
    const hash = name === 'canary' ? CANARY_HASH : STABLE_HASH;
    const otherHash = name === 'canary' ? STABLE_HASH : CANARY_HASH;
    const ownServices = [own[name], ...shared].filter((service) => service !== '');
    const foreignService = own[other] !== '' && own[other] !== own[name] ? own[other] : undefined;
    const foreignValues = metadata[other].filter((value) => !metadata[name].includes(value));
    return {
      name,
      hash,
      services: ownServices,
      candidates: [
        ...ownServices.flatMap((service) => [service, `${service}.${namespace}.svc.cluster.local`]),
        `${rollout.name}-${hash}-x7k2p`,
        `${rollout.name}-${hash}`,
        hash,
        ...metadata[name],
        rollout.name,
        ...Object.values(pods),
        namespace,
        '200',
      ],
      isForeign: (value, label) =>
        value.includes(otherHash) ||
        (foreignService !== undefined && NAMES_SERVICE.test(label) && firstLabel(value) === foreignService) ||
        foreignValues.includes(value),
    };
  });
}

/** `shop-canary` of `shop-canary.shop.svc.cluster.local` and of `outbound|80||shop-canary.shop.svc.cluster.local`. */
function firstLabel(value: string): string {
  return value.slice(value.lastIndexOf('|') + 1).split(/[.:]/)[0]!;
}

/** Where no Rollout is known: nothing can be told apart. */
export const ARMS_OF_NOBODY: readonly ReleaseArm[] = (['stable', 'canary'] as const).map((name) => ({
  name,
  hash: name === 'canary' ? CANARY_HASH : STABLE_HASH,
  services: [],
  candidates: ['200'],
  isForeign: () => false,
}));
