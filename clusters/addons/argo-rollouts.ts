/** Argo Rollouts from upstream's own install manifest, whatever its release. */
import type { Addon } from './addon.ts';
import { applyDefinitions, readInstallFile } from './definitions.ts';
import { namespaceObject, withFastProbes } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

const NAMESPACE = 'argo-rollouts';

export const argoRollouts: Addon = {
  name: 'argo-rollouts',
  needs: [],
  // The controller looks for Istio's CRDs once, when it starts; without them it never watches a VirtualService.
  after: ['istio'],
  async install(context) {
    const { client, signal, fastProbes } = context;
    const install = await readInstallFile(context.componentFile('argo-rollouts', 'manifests/install.yaml'));
    const { others } = install;
    await client.apply([namespaceObject(NAMESPACE)]);
    await applyDefinitions(context, install);
    await client.apply(fastProbes ? others.map(withFastProbes) : others, { namespace: NAMESPACE });
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'argo-rollouts' }, signal);
  },
};
