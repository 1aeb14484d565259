/**
 * A self-signed certificate of a run for the names that a server answers to, with what a TLS server needs: P-256, SHA-256,
 * subjectAltName, serverAuth.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, certificatePem, der, extension, namePart, OID, oid, sequence, utcTime } from '../../harness/x509/der.ts';

export interface ServerCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 24 * 3_600_000;
const VALID_MS = 30 * DAY_MS;
const commonName = (text: string) => sequence(namePart(OID.commonName, text));

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
  return {
    certificate: certificatePem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
