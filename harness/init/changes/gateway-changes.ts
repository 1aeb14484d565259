/** How requests come in: our ingress gateway serves plain HTTP on port 80, under a host that a client can name. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject, nameOf } from '../../lint/manifest-set.ts';
import { entryOf } from '../client-paths.ts';
import { declaredHosts, gatewaysOf, isServerHost } from '../served-hosts.ts';
import { ISTIO, type Subject } from '../subjects.ts';
import { isSelected, selectorOf } from '../surroundings.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, type Edit } from './change.ts';

const SERVED_PORTS = [80, 8080];

/** @param labels that the gateway of the run is given for their sake */
export function gatewayChanges(
  facts: UnitFacts,
  subjects: readonly Subject[],
  host: string,
  labels: Readonly<Record<string, string>>,
): readonly Change[] {
  const own = ofKind(facts, 'Gateway', ISTIO);
  return [
    ...own.flatMap((gateway) =>
      changesOf(gateway, facts, [...selectorEdits(gateway, labels), ...serverEdits(gateway, host)]),
    ),
    ...ofKind(facts, 'VirtualService', ISTIO).flatMap((service) => changesOf(service, facts, hostEdits(service, host))),
    ...missingGateways(facts, own, subjects, labels),
  ];
}

/** A label of our ingress gateway, with the value that it is given where theirs is another one. */
function ours({ app = 'istio-ingressgateway' }: Readonly<Record<string, string>>) {
  return { app };
}

function selectorEdits(gateway: ManifestObject, labels: Readonly<Record<string, string>>): Edit[] {
  if (isSelected(gateway, labels)) return [];
  const written = Object.entries(selectorOf(gateway))
    .map(([key, wanted]) => `${key}=${wanted}`)
    .join(', ');
  return [
    {
      reason: `their selector is ${written}, and the run has one ingress gateway, which another Gateway selects otherwise`,
      set: { '/spec/selector': ours(labels) },
    },
  ];
}

type Server = Readonly<Record<string, unknown>>;

/** Their servers stay as far as the run can serve them; what is missing is plain HTTP on port 80. */
function serverEdits({ value }: ManifestObject, host: string): Edit[] {
  const written = asList(valueAt(value, '/spec/servers')).map((server) => asRecord(server) ?? {});
  const isChanged = (next: readonly Server[]) => next.some((server, index) => server !== written[index]);
  const filled = written.map((server) => withHosts(server, host));
  const open = filled.map(withoutRedirect);
  const served = open.filter((server) => isPlain(server) || hasCertificate(server));
  const isReached = served.some((server) => isPlain(server) && SERVED_PORTS.includes(Number(portOf(server).number)));
  const hosts = [...new Set(open.flatMap((server) => asList(server.hosts).map(String)))];
  const plain = {
    port: { number: 80, name: 'http-of-the-run', protocol: 'HTTP' },
    hosts: hosts.length > 0 ? hosts : ['*'],
  };
  const next = isReached ? served : [...served, plain];
  if (next.length === written.length && !isChanged(next)) return [];
  const reasons = [
    ...(isChanged(filled) ? ['placeholders in hosts are filled'] : []),
    ...(isReached && !open.some((server, index) => server !== filled[index])
      ? []
      : ['clients of the run speak plain HTTP on port 80, and follow no redirect']),
    ...(served.length < open.length ? ['there are no certificates but those that a Gateway names'] : []),
  ];
  return [{ reason: reasons.join('; '), set: { '/spec/servers': next } }];
}

function portOf(server: Server): Readonly<Record<string, unknown>> {
  return asRecord(server.port) ?? {};
}

function isPlain(server: Server): boolean {
  return /^(HTTP|HTTP2|GRPC)$/.test(String(portOf(server).protocol)) && server.tls === undefined;
}

/** Of the run, by its name (surroundings.ts); clients have none, so they cannot be asked for one. */
function hasCertificate({ tls }: Server): boolean {
  const { mode, credentialName } = asRecord(tls) ?? {};
  return mode === 'SIMPLE' && typeof credentialName === 'string';
}

function withHosts(server: Server, host: string): Server {
  const hosts = asList(server.hosts).map(String);
  return hosts.every(isServerHost)
    ? server
    : { ...server, hosts: hosts.map((one) => (isServerHost(one) ? one : host)) };
}

function withoutRedirect(server: Server): Server {
  const { tls, ...rest } = server;
  return asRecord(tls)?.httpsRedirect === true ? rest : server;
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
function missingGateways(
  facts: UnitFacts,
  own: readonly ManifestObject[],
  subjects: readonly Subject[],
  labels: Readonly<Record<string, string>>,
): Change[] {
  const wanted = new Map<string, ManifestObject>();
  for (const subject of subjects) {
    const { virtualService } = entryOf(subject.virtualService, facts);
    for (const name of gatewaysOf(virtualService))
      if (name !== 'mesh')
        wanted.set(name.includes('/') ? name : `${virtualService.namespace}/${name}`, virtualService);
  }
  return [...wanted].flatMap(([reference, virtualService]): Change[] => {
    const [namespace = '', name = ''] = reference.split('/');
    if (own.some((gateway) => gateway.name === name && gateway.namespace === namespace)) return [];
    const elsewhere = facts.others.some((one) => one.kind === 'Gateway' && one.group === ISTIO && one.name === name);
    const reason = elsewhere
      ? `units of the repository bring different Gateways ${name}, to which ${nameOf(virtualService)} is bound, and this is none of them`
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
          spec: { selector: ours(labels), servers: [server] },
        },
      },
    ];
  });
}
