/** Routes that a release moves beside the one whose clients are judged. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, nameOf } from '../../lint/manifest-set.ts';
import { httpRoutes, type RolloutSubject, type SplitRoute, type Unprovable } from '../subjects.ts';

const ISTIO_ROUTER = '/spec/strategy/canary/trafficRouting/istio';

/** Each with the reason why no claim is about it. */
export function otherRoutes({ rollout, virtualService, route }: RolloutSubject): readonly Unprovable[] {
  const router = asRecord(valueAt(rollout.value, ISTIO_ROUTER));
  const [own, ...others] = [router?.virtualService, ...asList(router?.virtualServices)]
    .map(asRecord)
    .filter((entry) => entry !== undefined);
  const judged = 'clients of another route that the same steps move are judged';
  const routes = httpRoutes(virtualService);
  // a name that no route has is lint's matter
  const named = asList(own?.routes).filter((name) => routes.some((one) => one.name === name));
  const steered = [...named, ...asList(own?.tlsRoutes).map(sniOf), ...asList(own?.tcpRoutes).map(portOf)];
  const isJudged = (name: unknown) => routes.some((one) => one.name === name && one.split.index === route.index);
  return [
    ...others.map(({ name }) => ({ what: `${nameOf(rollout)}: VirtualService ${String(name)}`, why: judged })),
    ...steered
      .filter((name) => !isJudged(name))
      .map((name) => ({ what: `${nameOf(virtualService)}: route ${String(name)}`, why: judged })),
    ...routes
      .filter(({ name, split }) => split.index !== route.index && !steered.includes(name) && isForHeader(split, route))
      .map(({ name, split }) => ({
        what: `${nameOf(virtualService)}: route ${name ?? `http[${split.index}]`}`,
        why: 'it takes requests with a header or a query to one version of a release, and no claim sends them while one is under way',
      })),
  ];
}

function sniOf(entry: unknown): string {
  return asList(asRecord(entry)?.sniHosts).map(String).join(', ') || `TLS port ${portOf(entry)}`;
}

function portOf(entry: unknown): string {
  return String(asRecord(entry)?.port ?? 'any');
}

/** For some requests only, to a destination that the judged route splits. */
function isForHeader({ matches, destinations }: SplitRoute, { destinations: judged }: SplitRoute): boolean {
  const isNarrow = matches.some(({ headers, queryParams }) => headers !== undefined || queryParams !== undefined);
  const keys = new Set(judged.map(keyOf));
  return isNarrow && destinations.some((one) => keys.has(keyOf(one)));
}

function keyOf({ destination }: Readonly<Record<string, unknown>>): string {
  const { host, subset } = asRecord(destination) ?? {};
  return JSON.stringify([host, subset]);
}
