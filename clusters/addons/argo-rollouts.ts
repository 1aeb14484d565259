/** Argo Rollouts from upstream's own install manifest, whatever its release. */
import type { Addon } from './addon.ts';
import { namespaceObject, readManifests, withFastProbes } from './manifest-file.ts';
import { awaitEstablished, awaitRolledOut } from './readiness-waits.ts';

const NAMESPACE = 'argo-rollouts';

export const argoRollouts: Addon = {
  name: 'argo-rollouts',
  needs: [],
  // The controller looks for Istio's CRDs once, when it starts; without them it never watches a VirtualService.
  after: ['istio'],
  async install(context) {
    const { client, signal, fastProbes } = context;
    const objects = await readManifests(context.componentFile('argo-rollouts', 'manifests/install.yaml'));
    const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
    const others = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
    await client.apply([namespaceObject(NAMESPACE), ...crds]);
    await awaitEstablished(client, crds, signal);
    await client.apply(fastProbes ? others.map(withFastProbes) : others, { namespace: NAMESPACE });
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'argo-rollouts' }, signal);
  },
};
