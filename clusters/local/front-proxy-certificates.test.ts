import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { FRONT_PROXY_NAME, frontProxyCertificates, kubeletClientCertificates } from './front-proxy-certificates.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

test('the client certificate is what its authority issued, for its own key, and for clients only', () => {
  const { authority, certificate, key } = frontProxyCertificates(NOW);
  const [ca, client] = [new X509Certificate(authority), new X509Certificate(certificate)];
  expect(ca.ca).toBe(true);
  expect(ca.verify(ca.publicKey)).toBe(true);
  expect(client.ca).toBe(false);
  expect(client.checkIssued(ca)).toBe(true);
  expect(client.verify(ca.publicKey)).toBe(true);
  expect(client.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(client.subject).toBe(`CN=${FRONT_PROXY_NAME}`);
  expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect([Date.parse(client.validFrom), Date.parse(client.validTo)]).toEqual([
    NOW - 3_600_000,
    NOW + 365 * 24 * 3_600_000,
  ]);
});

test('the certificate for the kubelet carries a user and a group, of an authority of its own', () => {
  const { authority, certificate } = kubeletClientCertificates(NOW);
  const [ca, client] = [new X509Certificate(authority), new X509Certificate(certificate)];
  expect(client.subject.split('\n').sort()).toEqual(['CN=kube-apiserver-kubelet-client', 'O=system:masters']);
  expect(client.verify(ca.publicKey)).toBe(true);
  expect(client.verify(new X509Certificate(frontProxyCertificates(NOW).authority).publicKey)).toBe(false);
});

test('another authority did not issue it', () => {
  const [one, other] = [frontProxyCertificates(NOW), frontProxyCertificates(NOW)];
  expect(new X509Certificate(one.certificate).verify(new X509Certificate(other.authority).publicKey)).toBe(false);
});
