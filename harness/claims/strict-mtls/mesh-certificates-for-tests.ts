/** A root as a mesh has one, and certificates of workloads from it. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, certificatePem, der, extension, namePart, OID, oid, sequence, TRUE, utcTime } from '../../x509/der.ts';

export interface TestCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const HOUR_MS = 3_600_000;
const ROOT_NAME = 'cluster.local';

export interface TestMesh {
  /** PEM. */
  readonly root: string;
  issue(spiffeId: string): TestCertificate;
}

export function createTestMesh(): TestMesh {
  const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = newKeys();
  const name = (text: string) => sequence(namePart(OID.organization, text));
  const certificate = (publicKey: KeyObject, subject: Buffer, extensions: readonly Buffer[]): string => {
    const algorithm = sequence(oid(OID.ecdsaWithSha256));
    const now = Date.now();
    const body = sequence(
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
      ...[algorithm, name(ROOT_NAME), sequence(utcTime(now - HOUR_MS), utcTime(now + HOUR_MS)), subject],
      ...[publicKey.export({ type: 'spki', format: 'der' }), der(0xa3, sequence(...extensions))],
    );
    const signed = sequence(body, algorithm, bits(sign('sha256', body, root.privateKey)));
    return certificatePem(signed);
  };
  return {
    root: certificate(root.publicKey, name(ROOT_NAME), [
      extension(OID.basicConstraints, true, sequence(TRUE)),
      extension(OID.keyUsage, true, bits(Buffer.from([0x04]), 2)),
    ]),
    issue(spiffeId) {
      const { publicKey, privateKey } = newKeys();
      const uri = der(0x86, Buffer.from(spiffeId, 'ascii'));
      return {
        certificate: certificate(publicKey, sequence(), [
          extension(OID.keyUsage, true, bits(Buffer.from([0x80]), 7)),
          extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuthentication), oid(OID.clientAuth))),
          extension(OID.subjectAlternativeName, true, sequence(uri)),
        ]),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
