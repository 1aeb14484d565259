/** How requests come in: our ingress gateway serves plain HTTP on port 80, under a host that a client can name. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../lint/manifest-set.ts';
import { type Change, changesOf, type Edit } from './change.ts';
import { declaredHosts, gatewaysOf, isHost } from './client-paths.ts';
import { ISTIO, type Subject } from './subjects.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

/** Labels of the pods of our ingress gateway. */
const OURS = { istio: 'ingressgateway' };
const SERVED_PORTS = [80, 8080];

export function gatewayChanges(facts: UnitFacts, subjects: readonly Subject[], host: string): readonly Change[] {
  const own = ofKind(facts, 'Gateway', ISTIO);
  return [
    ...own.flatMap((gateway) => changesOf(gateway, facts, [...selectorEdits(gateway), ...serverEdits(gateway, host)])),
    ...ofKind(facts, 'VirtualService', ISTIO).flatMap((service) => changesOf(service, facts, hostEdits(service, host))),
    ...missingGateways(facts, own, subjects),
  ];
}

function selectorEdits({ value }: ManifestObject): Edit[] {
  const selector = asRecord(valueAt(value, '/spec/selector')) ?? {};
  const entries = Object.entries(selector);
  const isOurs = entries.every(([key, wanted]) => (OURS as Readonly<Record<string, unknown>>)[key] === wanted);
  if (isOurs && entries.length > 0) return [];
  const written = entries.map(([key, wanted]) => `${key}=${String(wanted)}`).join(', ') || 'every gateway';
  return [
    {
      reason: `their selector is ${written}; the ingress gateway of the run is istio=ingressgateway`,
      set: { '/spec/selector': OURS },
    },
  ];
}

function serverEdits({ value }: ManifestObject, host: string): Edit[] {
  const servers = asList(valueAt(value, '/spec/servers')).map((server) => asRecord(server) ?? {});
  const isPlain = (server: Readonly<Record<string, unknown>>) => {
    const port = asRecord(server.port);
    return (
      SERVED_PORTS.includes(Number(port?.number)) &&
      /^(HTTP|HTTP2|GRPC)$/.test(String(port?.protocol)) &&
      server.tls === undefined
    );
  };
  const hostsOf = (server: Readonly<Record<string, unknown>>) => asList(server.hosts).map(String);
  const filled = (hosts: readonly string[]) => hosts.map((one) => (isServerHost(one) ? one : host));
  if (servers.length > 0 && servers.every(isPlain)) {
    const wrong = servers.some((server) => !hostsOf(server).every(isServerHost));
    if (!wrong) return [];
    const hosts = servers.map((server) => ({ ...server, hosts: filled(hostsOf(server)) }));
    return [{ reason: 'placeholders in hosts are filled', set: { '/spec/servers': hosts } }];
  }
  const hosts = [...new Set(servers.flatMap((server) => filled(hostsOf(server))))];
  const port = { number: 80, name: 'http', protocol: 'HTTP' };
  const reason = 'clients of the run speak plain HTTP on port 80: no certificates, no redirect to HTTPS, no other port';
  return [{ reason, set: { '/spec/servers': [{ port, hosts: hosts.length > 0 ? hosts : ['*'] }] } }];
}

/** Gateways may say `namespace/host`, and `*`. */
function isServerHost(host: string): boolean {
  const plain = host.replace(/^[^/]*\//, '').replace(/^\*\.?/, '');
  return plain === '' ? /(^|\/)\*$/.test(host) : isHost(plain) || /^[a-z0-9-]+$/.test(plain);
}

function hostEdits(virtualService: ManifestObject, host: string): Edit[] {
  if (!gatewaysOf(virtualService).some((name) => name !== 'mesh')) return [];
  const hosts = declaredHosts(virtualService);
  // a delegate has no hosts of its own, and no gateways either
  if (hosts.length === 0)
    return [{ reason: 'it has no hosts, and Istio refuses it so', set: { '/spec/hosts': [host] } }];
  const wrong = hosts.some((one) => !isServerHost(one));
  if (!wrong) return [];
  const filled = [...new Set(hosts.map((one) => (isServerHost(one) ? one : host)))];
  return [{ reason: 'placeholders in hosts are filled', set: { '/spec/hosts': filled } }];
}

/** Gateways that routes of the unit are bound to and nobody in it brings. */
function missingGateways(facts: UnitFacts, own: readonly ManifestObject[], subjects: readonly Subject[]): Change[] {
  const wanted = new Map<string, ManifestObject>();
  for (const { virtualService } of subjects)
    for (const name of gatewaysOf(virtualService))
      if (name !== 'mesh')
        wanted.set(name.includes('/') ? name : `${virtualService.namespace}/${name}`, virtualService);
  return [...wanted].flatMap(([reference, virtualService]): Change[] => {
    const [namespace = '', name = ''] = reference.split('/');
    if (own.some((gateway) => gateway.name === name && gateway.namespace === namespace)) return [];
    const elsewhere = facts.others.some((one) => one.kind === 'Gateway' && one.group === ISTIO && one.name === name);
    const reason = elsewhere
      ? `another unit of the repository brings Gateway ${name}, to which ${nameOf(virtualService)} is bound`
      : `no manifest brings Gateway ${name}, to which ${nameOf(virtualService)} is bound`;
    const server = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] };
    const metadata = namespace === '' ? { name } : { name, namespace };
    return [
      {
        reason,
        add: {
          apiVersion: 'networking.istio.io/v1',
          kind: 'Gateway',
          metadata,
          spec: { selector: OURS, servers: [server] },
        },
      },
    ];
  });
}
