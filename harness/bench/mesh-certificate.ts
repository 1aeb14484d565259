/** A certificate that both ends of a bench's mTLS show and trust, with keys as workloads of a mesh have them. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, certificatePem, der, extension, namePart, OID, oid, sequence, TRUE, utcTime } from '../x509/der.ts';

/** RSA 2048 is what Istio's agent makes unless it is told otherwise. */
export type KeyKind = 'rsa-2048' | 'p-256';

const HOUR_MS = 3_600_000;
const SHA256_WITH_RSA = '2a864886f70d01010b';
const NULL = der(0x05);

/** PEM, self-signed, valid for an hour. */
export function meshCertificate(kind: KeyKind): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = keys(kind);
  const algorithm = kind === 'p-256' ? sequence(oid(OID.ecdsaWithSha256)) : sequence(oid(SHA256_WITH_RSA), NULL);
  const name = sequence(namePart(OID.commonName, 'bench.canaryproof.invalid'));
  const nowMs = Date.now();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(utcTime(nowMs - HOUR_MS), utcTime(nowMs + HOUR_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension(OID.basicConstraints, true, sequence(TRUE)))),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, privateKey)));
  return {
    certificate: certificatePem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const keys = (kind: KeyKind): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  kind === 'p-256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
