/**
 * Certificates by which the API server shows itself: to the servers that it forwards requests to (aggregated APIs, such
 * as the metrics server), and to the kubelet. Each time an authority, and one client certificate of it. Node can sign, but not issue; what follows is
 * as much of X.509 (RFC 5280) in DER as these two need.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

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

const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  organization: '55040a',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  subjectKeyIdentifier: '551d0e',
  authorityKeyIdentifier: '551d23',
  clientAuth: '2b06010505070302',
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
const octets = (content: Buffer) => der(0x04, content);
const bits = (content: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), content);
const TRUE = der(0x01, Buffer.from([0xff]));

const part = (id: string, text: string) => der(0x31, sequence(oid(id), der(0x0c, Buffer.from(text, 'utf8'))));
/** A common name, which Kubernetes takes for the user, and an organization, which it takes for the user's group. */
const name = (common: string, organization?: string) =>
  sequence(...(organization === undefined ? [] : [part(OID.organization, organization)]), part(OID.commonName, common));
/** GeneralizedTime would do as well, but until 2049 the standard wants UTCTime. */
const utcTime = (ms: number) =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'ascii'));
const extension = (id: string, critical: boolean, value: Buffer) =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octets(value));

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
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
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
