/** Servers for which Istio's admission refuses the whole Gateway (pkg/config/validation of Istio 1.31, ValidateGateway). */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';

type Fields = Readonly<Record<string, unknown>>;
interface Refusal {
  readonly what: string;
  readonly hint: string;
  readonly path: ValuePath;
}

const ENCRYPTED = /^(HTTPS|TLS)$/i;
/** They end TLS at the gateway, with a certificate. Without a mode it is PASSTHROUGH. */
const ENDS_TLS = /^(SIMPLE|MUTUAL|OPTIONAL_MUTUAL)$/;
const PASSES_TLS = /^(|PASSTHROUGH|AUTO_PASSTHROUGH)$/;
const HTTP = /^(HTTP|HTTP2|GRPC|GRPC-WEB)$/i;

/** GATEWAY_REFUSED: no server of such a Gateway is opened. */
export function gatewayServerFindings(set: ManifestSet): readonly Finding[] {
  return set.objects
    .filter(({ group, kind }) => group === 'networking.istio.io' && kind === 'Gateway')
    .flatMap((gateway) =>
      refusalsOf(gateway).map(({ what, hint, path }) =>
        errorAt(gateway, path, {
          code: 'GATEWAY_REFUSED',
          sentence: `${nameOf(gateway)} ${what}, and Istio refuses the whole Gateway`,
          hint,
        }),
      ),
    );
}

function refusalsOf({ value }: ManifestObject): readonly Refusal[] {
  const servers = asList(asRecord(value.spec)?.servers).map((server) => asRecord(server) ?? {});
  const names = servers.map(({ port }) => text(asRecord(port)?.name));
  return servers.flatMap((server, index) => {
    const path = ['spec', 'servers', index];
    const name = names[index]!;
    return [
      ...(name === '' && asRecord(server.port)
        ? [{ what: `has a server (number ${index + 1}) whose port has no name`, hint: 'Add port.name.', path }]
        : []),
      ...(name !== '' && names.indexOf(name) < index
        ? [
            {
              what: `has two servers whose port is named ${name}`,
              hint: 'Names of ports are unique in a Gateway, such as http and https.',
              path: [...path, 'port', 'name'],
            },
          ]
        : []),
      ...tlsRefusals(server, path),
    ];
  });
}

function tlsRefusals(server: Fields, path: ValuePath): readonly Refusal[] {
  const { protocol: written, number } = asRecord(server.port) ?? {};
  const protocol = text(written);
  const tls = asRecord(server.tls);
  const what = (rest: string) => `serves ${protocol || 'no protocol'} on port ${String(number)} ${rest}`;
  if (ENCRYPTED.test(protocol)) {
    if (!tls)
      return [{ what: what('without tls'), hint: 'Add tls with a mode and credentialName, or serve HTTP.', path }];
    if (hasCertificate(tls)) return [];
    const hint = 'Name a Secret in tls.credentialName, or the files of both certificate and key.';
    return [{ what: what(`with ${text(tls.mode)} TLS and no certificate`), hint, path: [...path, 'tls'] }];
  }
  if (!tls || (HTTP.test(protocol) && PASSES_TLS.test(text(tls.mode)))) return [];
  const hint = tls.httpsRedirect === true ? 'A server that redirects has no mode.' : 'Serve HTTPS, or TLS.';
  return [{ what: what('with TLS settings'), hint, path: [...path, 'tls'] }];
}

function hasCertificate(tls: Fields): boolean {
  if (!ENDS_TLS.test(text(tls.mode))) return true;
  if (text(tls.credentialName) !== '' || asList(tls.credentialNames).length > 0) return true;
  return asList(tls.tlsCertificates).length > 0 || (text(tls.serverCertificate) !== '' && text(tls.privateKey) !== '');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
