/** HTTP and TCP routes that no request can reach, because those before them take everything (istioctl IST0130). */
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { coversBlock, type MatchBlock, matchBlocks } from './match-block.ts';

interface EarlierBlock {
  readonly block: MatchBlock;
  readonly index: number;
}

/** ROUTE_UNREACHABLE: an error where the requests go elsewhere than the route says, else a warning. */
export function unreachableFindings(set: ManifestSet): readonly Finding[] {
  return virtualServices(set).flatMap((virtualService) => [
    ...unreachable(set, virtualService, 'http'),
    ...unreachable(set, virtualService, 'tcp'),
  ]);
}

function unreachable(set: ManifestSet, virtualService: ManifestObject, protocol: 'http' | 'tcp'): readonly Finding[] {
  const routes = asList(asRecord(virtualService.value.spec)?.[protocol]).map((route) => asRecord(route) ?? {});
  const earlier: EarlierBlock[] = [];
  return routes.flatMap((route, index): Finding[] => {
    const blocks = matchBlocks(route);
    const covering = blocks.map((block) => earlier.find((one) => takesAll(one.block, block, protocol)));
    const [first] = covering;
    // a delegate takes only what its own routes match
    if (route.delegate === undefined || takesWhatItGets(set, virtualService, route.delegate))
      earlier.push(...blocks.map((block) => ({ block, index })));
    if (!first || covering.includes(undefined)) return [];
    const isSame = covering.every((one) => one && targetOf(routes[one.index]!) === targetOf(route));
    const { line } = virtualService.positionOf(['spec', protocol, first.index]);
    return [
      findingAt(virtualService, ['spec', protocol, index], {
        code: 'ROUTE_UNREACHABLE',
        severity: isSame ? 'warning' : 'error',
        sentence: `route ${nameOfRoute(route, index)} of ${nameOf(virtualService)} can never be reached: route ${nameOfRoute(routes[first.index]!, first.index)} (line ${line}) takes all of its requests`,
        hint: 'Envoy tries routes in the order of the list and takes the first that fits. Put the narrower one first.',
      }),
    ];
  });
}

/** Conditions of TCP routes are not compared: only a route without any takes everything. */
function takesAll(earlier: MatchBlock, later: MatchBlock, protocol: 'http' | 'tcp'): boolean {
  return protocol === 'tcp' ? Object.keys(earlier).length === 0 : coversBlock(earlier, later);
}

function takesWhatItGets(set: ManifestSet, root: ManifestObject, delegate: unknown): boolean {
  const { name, namespace = root.namespace } = asRecord(delegate) ?? {};
  const target = named(set.objects, 'VirtualService', String(name)).find(
    (one) => one.group === 'networking.istio.io' && one.namespace === namespace,
  );
  return asList(asRecord(target?.value.spec)?.http).some(
    (route) => asList(asRecord(route)?.match).length === 0 && asRecord(route)?.delegate === undefined,
  );
}

/** Where it sends requests, whatever else it does to them. */
function targetOf(route: Readonly<Record<string, unknown>>): string {
  const entries = asList(route.route).map((entry) => asRecord(entry) ?? {});
  const destinations = entries.map(({ destination, weight = entries.length === 1 ? 100 : 0 }) => {
    const { host, subset } = asRecord(destination) ?? {};
    return [host, subset, weight];
  });
  return JSON.stringify([destinations, route.redirect, route.directResponse, route.delegate]);
}

function nameOfRoute({ name }: Readonly<Record<string, unknown>>, index: number): string {
  return typeof name === 'string' && name !== '' ? name : `${index + 1}`;
}
