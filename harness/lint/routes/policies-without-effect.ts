/**
 * Traffic policies that do not do what they are written for.
 *
 * Envoy draws the destination of a route by weight, afresh for each request, and only then a pod of it by the policy of that
 * destination. So a hash holds a user to a pod of a subset and not to the subset, and a policy for a host to which no route
 * leads holds for nobody.
 */
import {
  asList,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { steeredVirtualServices } from '../rollouts/rollout-objects.ts';
import { gatewaysOf, hostsOf } from './bindings.ts';
import { effectiveWeight, type Route, routesOf } from './routes.ts';
import { coversHost, fullHost } from './service-hosts.ts';

/** HASH_NOT_ACROSS_SPLIT, DESTINATION_RULE_BYPASSED. */
export function policyFindings(set: ManifestSet): readonly Finding[] {
  const rules = destinationRules(set).filter(
    ({ value }) => asRecord(asRecord(value.spec)?.trafficPolicy) !== undefined,
  );
  if (rules.length === 0) return [];
  const steered = steeredVirtualServices(set);
  return rules.flatMap((rule) => [...hashFindings(set, rule, steered), ...bypassedFindings(set, rule)]);
}

function hashFindings(
  set: ManifestSet,
  rule: ManifestObject,
  steered: ReadonlySet<ManifestObject>,
): readonly Finding[] {
  const policy = asRecord(asRecord(rule.value.spec)?.trafficPolicy);
  const hash = asRecord(asRecord(policy?.loadBalancer)?.consistentHash);
  const by = hash && keyOfUsers(hash);
  if (by === undefined) return [];
  const split = virtualServices(set).find((one) => splitsUsers(one, rule, steered.has(one)));
  if (!split) return [];
  return [
    findingAt(rule, ['spec', 'trafficPolicy', 'loadBalancer', 'consistentHash'], {
      code: 'HASH_NOT_ACROSS_SPLIT',
      severity: 'warning',
      sentence: `${nameOf(rule)} keeps a user at one pod by ${by}, and not at one version: ${nameOf(split)} draws the version by weight, afresh for each request`,
      hint: `The hash chooses among the pods of a subset. To keep users at a version, send those with a header or cookie there by a route with a match, before the weighted one.`,
    }),
  ];
}

/** Only what tells users apart; an address or a query parameter may be meant for caches. */
function keyOfUsers({ httpCookie, httpHeaderName }: Readonly<Record<string, unknown>>): string | undefined {
  const cookie = asRecord(httpCookie)?.name;
  if (typeof cookie === 'string') return `the cookie ${cookie}`;
  return typeof httpHeaderName === 'string' ? `the header ${httpHeaderName}` : undefined;
}

function splitsUsers(virtualService: ManifestObject, rule: ManifestObject, isSteered: boolean): boolean {
  const routes = asList(asRecord(virtualService.value.spec)?.http).map((route) => asRecord(route) ?? {});
  // a route for a header or cookie is how users are kept
  const keeps = routes.some(({ match }) => asList(match).some((one) => asRecord(asRecord(one)?.headers) !== undefined));
  return !keeps && routesOf(virtualService).some((route) => isSplit(route, virtualService, rule, isSteered));
}

function isSplit(route: Route, { namespace }: ManifestObject, rule: ManifestObject, isSteered: boolean): boolean {
  const meant = route.destinations.filter(({ host }) => coversHost(hostOf(rule), fullHost(host, namespace)));
  const weighted = meant.filter((one) => isSteered || effectiveWeight(one, route) > 0);
  return route.protocol === 'http' && new Set(weighted.map(({ subset }) => subset)).size > 1;
}

function bypassedFindings(set: ManifestSet, rule: ManifestObject): readonly Finding[] {
  const host = hostOf(rule);
  if (host.includes('*') || asList(asRecord(rule.value.spec)?.subsets).length > 0) return [];
  const everybody = virtualServices({ ...set, objects: [...set.objects, ...(set.others ?? [])] });
  const taker = virtualServices(set).find((one) => takesHost(one, host));
  if (!taker || everybody.some((one) => leadsTo(one, host))) return [];
  const targets = [...new Set(routesOf(taker).flatMap(({ destinations }) => destinations.map((one) => one.host)))];
  const policies = Object.keys(asRecord(asRecord(rule.value.spec)?.trafficPolicy) ?? {});
  return [
    findingAt(rule, ['spec', 'host'], {
      code: 'DESTINATION_RULE_BYPASSED',
      severity: 'warning',
      sentence: `${nameOf(rule)} is for ${host.split('.')[0]}, to which no route leads: ${nameOf(taker)} sends its requests to ${targets.join(', ')}, so ${policies.join(', ')} of the rule hold for nobody`,
      hint: `A traffic policy is that of the destination: write one for ${targets.join(' and one for ')}.`,
    }),
  ];
}

/** Whatever callers in the mesh ask that host for. */
function takesHost(virtualService: ManifestObject, host: string): boolean {
  const { namespace, value } = virtualService;
  const routes = asList(asRecord(value.spec)?.http).map((route) => asRecord(route) ?? {});
  return (
    gatewaysOf(virtualService).includes('mesh') &&
    hostsOf(virtualService).some((one) => fullHost(one, namespace) === host) &&
    routes.every(({ delegate }) => delegate === undefined) &&
    routes.some(({ match, route }) => asList(match).length === 0 && asList(route).length > 0)
  );
}

function leadsTo({ namespace, value }: ManifestObject, host: string): boolean {
  const spec = asRecord(value.spec);
  return ['http', 'tls', 'tcp'].some((protocol) =>
    asList(spec?.[protocol]).some((entry) => {
      const route = asRecord(entry);
      const mirrors = asList(route?.mirrors).map((one) => asRecord(one)?.destination);
      const targets = [...asList(route?.route).map((one) => asRecord(one)?.destination), route?.mirror, ...mirrors];
      return targets.some((one) => {
        const written = asRecord(one)?.host;
        return typeof written === 'string' && fullHost(written, namespace) === host;
      });
    }),
  );
}

function hostOf({ namespace, value }: ManifestObject): string {
  const host = asRecord(value.spec)?.host;
  return typeof host === 'string' ? fullHost(host, namespace) : '';
}
