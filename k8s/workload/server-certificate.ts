/**
 * A self-signed certificate of a run for the names that a server answers to. Node can sign, but not issue; what follows
 * is as much of X.509 (RFC 5280) in DER as a TLS server needs: P-256, SHA-256, subjectAltName, serverAuth.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface ServerCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 24 * 3_600_000;
const VALID_MS = 30 * DAY_MS;
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  subjectAlternativeName: '551d11',
  extendedKeyUsage: '551d25',
  serverAuthentication: '2b06010505070301',
} as const;

/** Tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const bits = (content: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), content);
const TRUE = der(0x01, Buffer.from([0xff]));
const extension = (id: string, critical: boolean, value: Buffer) =>
  sequence(oid(id), ...(critical ? [TRUE] : []), der(0x04, value));
const commonName = (text: string) => sequence(der(0x31, sequence(oid(OID.commonName), der(0x0c, Buffer.from(text)))));
/** Until 2049 the standard wants UTCTime. */
const utcTime = (ms: number) =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'ascii'));

/** dNSName [2] or iPAddress [7]. */
function alternativeName(host: string): Buffer {
  return isIP(host) === 4
    ? der(0x87, Buffer.from(host.split('.').map(Number)))
    : der(0x82, Buffer.from(host.toLowerCase(), 'ascii'));
}

/**
 * New keys each time.
 * @param hosts DNS names (`*.example.com` included) or IPv4 addresses; `*` alone, which no certificate can hold, and an
 *   empty list become `canaryproof.invalid`
 * @param nowMs Unix milliseconds; valid from a day before it, for thirty days
 */
export function serverCertificate(hosts: readonly string[], nowMs: number): ServerCertificate {
  const named = hosts.filter((host) => host !== '*' && host !== '');
  const names = named.length === 0 ? ['canaryproof.invalid'] : named;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  // X.520 allows 64 characters; who verifies looks at the alternative names
  const subject = commonName((names[0] ?? '').slice(0, 64));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    subject,
    sequence(utcTime(nowMs - DAY_MS), utcTime(nowMs + VALID_MS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(OID.basicConstraints, true, sequence()),
        extension(OID.keyUsage, true, bits(Buffer.from([0x80]), 7)), // digitalSignature
        extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuthentication))),
        extension(OID.subjectAlternativeName, false, sequence(...names.map(alternativeName))),
      ),
    ),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
