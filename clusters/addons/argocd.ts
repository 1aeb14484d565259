/** Argo CD core (no API server, no UI): controllers, repo-server and redis from upstream's core-install manifest. */

import type { KubeObject } from '../../k8s/client/object.ts';
import type { Addon } from './addon.ts';
import { applyDefinitions, readInstallFile } from './definitions.ts';
import { namespaceObject, withFastProbes } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

const ARGOCD_NAMESPACE = 'argocd';
/** How often Argo CD looks at Git without a webhook; its default is 120 s plus jitter. */
const RECONCILIATION = '2s';

const settings = (object: KubeObject): KubeObject =>
  object.kind === 'ConfigMap' && object.metadata.name === 'argocd-cm'
    ? { ...object, data: { 'timeout.reconciliation': RECONCILIATION, 'timeout.reconciliation.jitter': '0s' } }
    : object;

/** Core has no server, and it is the server that makes this project. */
const DEFAULT_PROJECT: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace: ARGOCD_NAMESPACE },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

export const argocd: Addon = {
  name: 'argocd',
  needs: [],
  async install(context) {
    const { client, signal } = context;
    const install = await readInstallFile(context.componentFile('argocd', 'manifests/core-install.yaml'));
    const others = install.others.map(settings).map((object) => (context.fastProbes ? withFastProbes(object) : object));
    await client.apply([namespaceObject(ARGOCD_NAMESPACE)]);
    await applyDefinitions(context, install);
    await client.apply(others, { namespace: ARGOCD_NAMESPACE });
    await client.apply([DEFAULT_PROJECT]);
    await Promise.all(
      others.map(async ({ kind, metadata: { name } }) => {
        if (kind === 'Deployment' || kind === 'StatefulSet')
          await awaitRolledOut(client, kind, { namespace: ARGOCD_NAMESPACE, name }, signal);
      }),
    );
  },
};
