import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { addonManifest } from './addon-files.ts';
import { readManifests } from './manifest-file.ts';
import { certificateObjects, REGISTRY_CERTIFICATE } from './registry.ts';

test('one certificate for the name of images and the forwarded port; its key is in the Secret alone', () => {
  const [secret, map, ...others] = certificateObjects(Date.UTC(2026, 0, 1));
  expect(others).toEqual([]);
  const { 'tls.crt': certificate, 'tls.key': key } = secret!.stringData as Record<string, string>;
  expect(map).toMatchObject({ kind: 'ConfigMap', data: { [REGISTRY_CERTIFICATE.key]: certificate } });
  expect(JSON.stringify(map)).not.toContain('PRIVATE');
  expect(key).toContain('PRIVATE');
  const { subjectAltName } = new X509Certificate(certificate!);
  expect(subjectAltName).toBe('DNS:registry.registry.svc, IP Address:127.0.0.1');
});

test('the Service answers under that name, and the pod has what its configuration names', async () => {
  const objects = await readManifests(addonManifest('registry.yaml'));
  const found = (kind: string) => objects.find((one) => one.kind === kind)!;
  expect(found('Service')).toMatchObject({
    metadata: { name: 'registry', namespace: 'registry' },
    spec: { ports: [{ port: 443, targetPort: 5000 }] },
  });
  const { 'config.yml': config } = found('ConfigMap').data as Record<string, string>;
  const { volumes, containers } = (found('Deployment').spec!.template as unknown as Template).spec;
  for (const { mountPath } of containers[0]!.volumeMounts)
    expect(`${config} ${containers[0]!.args}`).toContain(mountPath);
  expect(volumes).toContainEqual({ name: 'certificate', secret: { secretName: REGISTRY_CERTIFICATE.name } });
});

interface Template {
  readonly spec: {
    readonly volumes: readonly object[];
    readonly containers: readonly {
      readonly args: readonly string[];
      readonly volumeMounts: { mountPath: string }[];
    }[];
  };
}
