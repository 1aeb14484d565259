/**
 * A registry of the run's own, with TLS and a certificate of its own: what policies about images need to be asked about images
 * that are there. Whoever installs it beside Kyverno has Kyverno trust that certificate.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { serverCertificate } from '../../k8s/workload/server-certificate.ts';
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

const NAMESPACE = 'registry';
/** What images of it are called, and where its port is forwarded to. */
const HOSTS = ['registry.registry.svc', '127.0.0.1'];

/** Its certificate, for whoever talks to it. */
export const REGISTRY_CERTIFICATE = {
  collection: { apiVersion: 'v1', resource: 'configmaps', namespace: NAMESPACE },
  name: 'registry-certificate',
  key: 'ca.crt',
} as const;

export const registry: Addon = {
  name: 'registry',
  needs: [],
  async install({ client, signal }) {
    await client.apply([namespaceObject(NAMESPACE)]);
    await client.apply([...certificateObjects(Date.now()), ...(await readManifests(addonManifest('registry.yaml')))]);
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'registry' }, signal);
  },
};

/** New keys each time; the private one is in the Secret alone. */
export function certificateObjects(nowMs: number): KubeObject[] {
  const { certificate, key } = serverCertificate(HOSTS, nowMs);
  const metadata = { name: REGISTRY_CERTIFICATE.name, namespace: NAMESPACE };
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls' },
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [REGISTRY_CERTIFICATE.key]: certificate } },
  ];
}
