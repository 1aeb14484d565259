/**
 * Two VirtualServices for one host. In the mesh one of them is ignored (istioctl IST0109); at a gateway they are merged,
 * and of two routes without a `match` only that of the older object ever answers.
 * https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services
 */
import { formatPosition } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { rollouts, steeredReferences, steeredVirtualService } from '../rollouts/rollout-objects.ts';
import { gatewaysOf, hostsOf, isExported } from './bindings.ts';
import { matchBlocks } from './match-block.ts';
import { fullHost } from './service-hosts.ts';

const PROTOCOLS = ['http', 'tls', 'tcp'] as const;

/**
 * VIRTUAL_SERVICE_HOST_TWICE, VIRTUAL_SERVICE_WILDCARD_IN_MESH.
 *
 * @param severity of one host twice: a warning in a folder that nobody applies whole
 */
export function hostConflictFindings(set: ManifestSet, severity: 'error' | 'warning'): readonly Finding[] {
  const all = virtualServices(set);
  const steered = rollouts(set).map(
    (rollout) => new Set(steeredReferences(rollout).map((reference) => steeredVirtualService(set, reference))),
  );
  return [
    ...all.flatMap(wildcardFindings),
    ...pairsOfOneHost(all).flatMap((pair) => {
      // the controller writes the same weights into both, so whoever answers is no matter
      const isOneCanary = steered.some((both) => both.has(pair.earlier) && both.has(pair.later));
      return pairFindings(pair, isOneCanary ? 'warning' : severity, severity);
    }),
  ];
}

interface Pair {
  readonly earlier: ManifestObject;
  readonly later: ManifestObject;
  /** As the later one writes them. */
  readonly hosts: readonly string[];
}

/** Only of those that can be in each other's way: repositories hold thousands, many of them for one host at a gateway. */
function pairsOfOneHost(all: readonly ManifestObject[]): readonly Pair[] {
  const order = new Map(all.map((object, index) => [object, index]));
  const byHost = new Map<string, { readonly inMesh: Set<ManifestObject>; readonly whole: Set<ManifestObject> }>();
  return all.flatMap((later) => {
    const isInMesh = gatewaysOf(later).includes('mesh');
    const isWhole = takesEverything(later);
    const shared = new Map<ManifestObject, string[]>();
    for (const host of hostsOf(later)) {
      const full = fullHost(host, later.namespace);
      const earlier = byHost.get(full) ?? { inMesh: new Set(), whole: new Set() };
      const rivals = new Set([...(isInMesh ? earlier.inMesh : []), ...(isWhole ? earlier.whole : [])]);
      for (const one of [...rivals].toSorted((a, b) => order.get(a)! - order.get(b)!))
        if (one !== later) shared.set(one, [...(shared.get(one) ?? []), host]);
      if (isInMesh) earlier.inMesh.add(later);
      if (isWhole) earlier.whole.add(later);
      byHost.set(full, earlier);
    }
    return [...shared].map(([earlier, hosts]) => ({ earlier, later, hosts }));
  });
}

function pairFindings(
  { earlier, later, hosts }: Pair,
  severity: 'error' | 'warning',
  ofFolder: 'error' | 'warning',
): readonly Finding[] {
  const isSameObject = earlier.name === later.name && earlier.namespace === later.namespace;
  if (isSameObject || !areSeenTogether(earlier, later) || !shareProtocol(earlier, later)) return [];
  const shared = gatewaysOf(later).filter((gateway) => gatewaysOf(earlier).includes(gateway));
  // files of such a folder are often alternatives
  const grade = ofFolder === 'warning' && earlier.path !== later.path ? 'info' : severity;
  if (shared.includes('mesh')) return [meshFinding(earlier, later, hosts, grade)];
  const [gateway] = shared;
  return gateway !== undefined && takesEverything(earlier) && takesEverything(later)
    ? [gatewayFinding(earlier, later, hosts, gateway, grade)]
    : [];
}

function meshFinding(
  earlier: ManifestObject,
  later: ManifestObject,
  hosts: readonly string[],
  severity: Finding['severity'],
): Finding {
  return findingAt(later, ['spec', 'hosts'], {
    code: 'VIRTUAL_SERVICE_HOST_TWICE',
    severity,
    sentence: `${nameOf(later)} and ${nameOf(earlier)} both route ${hosts.join(', ')} in the mesh: Istio takes the older object and ignores the other one with its weights`,
    hint: `The other one is at ${formatPosition(earlier.positionOf(['spec', 'hosts']))}. Put all routes of a host into one VirtualService (istioctl analyze: IST0109).`,
  });
}

function gatewayFinding(
  earlier: ManifestObject,
  later: ManifestObject,
  hosts: readonly string[],
  gateway: string,
  severity: Finding['severity'],
): Finding {
  return findingAt(later, ['spec', 'hosts'], {
    code: 'VIRTUAL_SERVICE_HOST_TWICE',
    severity,
    sentence: `${nameOf(later)} and ${nameOf(earlier)} both take every request for ${hosts.join(', ')} at gateway ${gateway}: only the older object ever answers`,
    hint: `The other one is at ${formatPosition(earlier.positionOf(['spec', 'hosts']))}. Istio merges the routes of a gateway in the order of creation.`,
  });
}

/** Istio refuses `*` for the mesh: no sidecar could send anything anywhere else. */
function wildcardFindings(virtualService: ManifestObject): readonly Finding[] {
  if (!hostsOf(virtualService).includes('*') || !gatewaysOf(virtualService).includes('mesh')) return [];
  return [
    findingAt(virtualService, ['spec', 'hosts'], {
      code: 'VIRTUAL_SERVICE_WILDCARD_IN_MESH',
      severity: 'error',
      sentence: `${nameOf(virtualService)} routes the host * in the mesh, which Istio refuses`,
      hint: 'Name the hosts, or bind it to a gateway alone with spec.gateways.',
    }),
  ];
}

function areSeenTogether(a: ManifestObject, b: ManifestObject): boolean {
  return a.namespace === b.namespace || (isExported(a) && isExported(b));
}

function shareProtocol(a: ManifestObject, b: ManifestObject): boolean {
  const has = ({ value }: ManifestObject, protocol: string) => asList(asRecord(value.spec)?.[protocol]).length > 0;
  return PROTOCOLS.some((protocol) => has(a, protocol) && has(b, protocol));
}

/** Through a route without a match, or with one that every path fits. */
function takesEverything({ value }: ManifestObject): boolean {
  return asList(asRecord(value.spec)?.http).some((route) =>
    matchBlocks(route).some((block) => {
      const { uri, ...rest } = block;
      return Object.keys(rest).length === 0 && (uri === undefined || asRecord(uri)?.prefix === '/');
    }),
  );
}
