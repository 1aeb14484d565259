/**
 * Certificates by which the API server shows itself: to the servers that it forwards requests to (aggregated APIs, such
 * as the metrics server), and to the kubelet. Each time an authority, and one client certificate of it.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  certificatePem,
  der,
  extension,
  namePart,
  OID,
  octets,
  oid,
  sequence,
  TRUE,
  utcTime,
} from '../../harness/x509/der.ts';

export const FRONT_PROXY_NAME = 'front-proxy-client';

/** Whoever shows a certificate of this name and group to the kubelet may do everything there. */
const KUBELET_CLIENT = { name: 'kube-apiserver-kubelet-client', group: 'system:masters' } as const;

export interface ClientCertificates {
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

const YEAR_MS = 365 * 24 * 3_600_000;
const CLOCK_SKEW_MS = 3_600_000;

/** A common name, which Kubernetes takes for the user, and an organization, which it takes for the user's group. */
const name = (common: string, organization?: string) =>
  sequence(
    ...(organization === undefined ? [] : [namePart(OID.organization, organization)]),
    namePart(OID.commonName, common),
  );
interface Subject {
  readonly name: string;
  readonly group?: string;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
}
interface Issuer {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const publicBytes = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const keyIdentifier = (key: KeyObject) => createHash('sha1').update(publicBytes(key)).digest();

function issue(subject: Subject, issuer: Issuer, nowMs: number): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  // a serial number is positive and not empty
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const extensions = sequence(
    extension(OID.basicConstraints, true, sequence(...(subject.isAuthority ? [TRUE] : []))),
    // authority: keyCertSign (bit 5); client: digitalSignature (bit 0)
    extension(OID.keyUsage, true, subject.isAuthority ? bits(Buffer.from([0x04]), 2) : bits(Buffer.from([0x80]), 7)),
    ...(subject.isAuthority ? [] : [extension(OID.extendedKeyUsage, false, sequence(oid(OID.clientAuth)))]),
    extension(OID.subjectKeyIdentifier, false, octets(keyIdentifier(subject.publicKey))),
    extension(OID.authorityKeyIdentifier, false, sequence(der(0x80, keyIdentifier(issuer.publicKey)))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    algorithm,
    name(issuer.name),
    sequence(utcTime(nowMs - CLOCK_SKEW_MS), utcTime(nowMs + YEAR_MS)),
    name(subject.name, subject.group),
    publicBytes(subject.publicKey),
    der(0xa3, extensions),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, issuer.privateKey)));
  return certificatePem(certificate);
}

/** New keys each time; the authority's own key is not kept. */
export function frontProxyCertificates(nowMs: number): ClientCertificates {
  return clientCertificates('front-proxy-ca', { name: FRONT_PROXY_NAME }, nowMs);
}

/** New keys each time; the authority's own key is not kept. */
export function kubeletClientCertificates(nowMs: number): ClientCertificates {
  return clientCertificates('kubelet-client-ca', KUBELET_CLIENT, nowMs);
}

function clientCertificates(
  authorityName: string,
  identity: Pick<Subject, 'name' | 'group'>,
  nowMs: number,
): ClientCertificates {
  const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authority = { name: authorityName, ...newKeys() };
  const client = newKeys();
  return {
    authority: issue({ ...authority, isAuthority: true }, authority, nowMs),
    certificate: issue({ ...identity, publicKey: client.publicKey, isAuthority: false }, authority, nowMs),
    key: client.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  };
}
