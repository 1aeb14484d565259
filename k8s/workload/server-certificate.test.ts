import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { serverCertificate } from './server-certificate.ts';

const NOW = Date.UTC(2026, 1, 3);

test('names every host, and is signed with its own key', () => {
  const { certificate } = serverCertificate(['shop.example.com', '*.shop.example.com', '10.0.0.7'], NOW);
  const read = new X509Certificate(certificate);
  expect(read.checkHost('shop.example.com')).toBe('shop.example.com');
  expect(read.checkHost('a.shop.example.com')).toBe('*.shop.example.com');
  expect(read.checkIP('10.0.0.7')).toBe('10.0.0.7');
  expect(read.checkHost('other.example.com')).toBeUndefined();
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.ca).toBe(false);
  expect([Date.parse(read.validFrom), Date.parse(read.validTo)]).toEqual([NOW - 86_400_000, NOW + 30 * 86_400_000]);
});

test('a host that no certificate can hold, and a name of more than 64 characters', () => {
  expect(new X509Certificate(serverCertificate(['*'], NOW).certificate).subjectAltName).toBe('DNS:canaryproof.invalid');
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.com`;
  expect(new X509Certificate(serverCertificate([long], NOW).certificate).checkHost(long)).toBe(long);
});
