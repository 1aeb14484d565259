/** Hosts under which clients of the outside reach a route. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, type ManifestObject } from '../lint/manifest-set.ts';
import { coversHost } from '../lint/routes/service-hosts.ts';
import { isHostOf } from './split-arms.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

/** A host that a Gateway can serve and a client can ask for. */
const PUBLIC_HOST = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/;

export function declaredHosts({ value }: ManifestObject): readonly string[] {
  return asList(valueAt(value, '/spec/hosts')).map(String);
}

/**
 * The host of the outside that a VirtualService names, one that its Gateways open before others; for `*` one that they open.
 * Undefined when they open all, and when it is empty or no host at all.
 */
export function outsideHost(virtualService: ManifestObject, facts: UnitFacts): string | undefined {
  const services = ofKind(facts, 'Service', '');
  const hosts = declaredHosts(virtualService).filter(
    (host) => !services.some(({ name, namespace }) => isHostOf(host, name, namespace)) && !/\.svc(\.|$)/.test(host),
  );
  const exact = hosts.filter((host) => PUBLIC_HOST.test(host));
  const open = openedHosts(virtualService, facts);
  const reached = exact.find((host) => open.some((pattern) => coversHost(pattern, host))) ?? exact[0];
  if (reached !== undefined) return reached;
  // whoever takes every host gets those that the Gateways open
  const named = hosts.includes('*') ? [...hosts, ...open] : hosts;
  const wild = named.find((host) => host.startsWith('*.') && PUBLIC_HOST.test(host.slice(2)));
  return (
    named.find((host) => PUBLIC_HOST.test(host)) ?? (wild === undefined ? undefined : `canaryproof${wild.slice(1)}`)
  );
}

/** By those Gateways of the unit that it is bound to, or by one of them. */
function openedHosts(
  virtualService: ManifestObject,
  facts: UnitFacts,
  ...gateways: readonly string[]
): readonly string[] {
  const named = gateways.length > 0 ? gateways : gatewaysOf(virtualService);
  const bound = new Set(named.map((name) => name.split('/').at(-1)));
  return ofKind(facts, 'Gateway', 'networking.istio.io')
    .filter(({ name }) => bound.has(name))
    .flatMap(({ value }) => asList(valueAt(value, '/spec/servers')))
    .flatMap((server) => asList(valueAt(server, '/hosts')))
    .map((host) => String(host).replace(/^[^/]*\//, ''));
}

export function isHost(text: string): boolean {
  return PUBLIC_HOST.test(text);
}

/** As Istio reads it: without any, the mesh. */
export function gatewaysOf({ value }: ManifestObject): readonly string[] {
  const named = asList(valueAt(value, '/spec/gateways')).map(String);
  return named.length > 0 ? named : ['mesh'];
}

/** A host that both the route and that Gateway of it take; undefined: there is none. What is no host is filled in. */
export function servedHost(
  virtualService: ManifestObject,
  gateway: string,
  facts: UnitFacts,
  host: string,
): string | undefined {
  const filled = (hosts: readonly string[]) => hosts.map((one) => (isServerHost(one) ? one : host));
  const declared = declaredHosts(virtualService);
  const taken = declared.length === 0 ? [host] : filled(declared);
  const open = filled(openedHosts(virtualService, facts, gateway));
  const accepts = (patterns: readonly string[], one: string) => patterns.some((pattern) => coversHost(pattern, one));
  const exact = [...taken, ...open].filter((one) => !one.includes('*'));
  const wild = [...taken, ...open].filter((one) => one.startsWith('*.')).map((one) => `canaryproof${one.slice(1)}`);
  const own = outsideHost(virtualService, facts) ?? host;
  return [host, own, ...exact, ...wild].find(
    // a Gateway that the unit does not hold is added, and opens every host
    (one) => accepts(taken, one) && (open.length === 0 || accepts(open, one)),
  );
}

/** Gateways may say `namespace/host`, and `*`. */
export function isServerHost(host: string): boolean {
  const plain = host.replace(/^[^/]*\//, '').replace(/^\*\.?/, '');
  return plain === '' ? /(^|\/)\*$/.test(host) : isHost(plain) || /^[a-z0-9-]+$/.test(plain);
}
