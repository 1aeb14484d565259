/** CoreDNS as an ordinary Deployment; real clusters bring their own. */
import { isRolledOut } from '../../k8s/client/readiness.ts';
import { ADDON_TIMEOUTS, type Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { readManifests } from './manifest-file.ts';

export const dns: Addon = {
  name: 'dns',
  needs: [],
  async install({ client, signal }) {
    await client.apply(await readManifests(addonManifest('coredns.yaml')));
    await client.waitFor(
      { apiVersion: 'apps/v1', resource: 'deployments', namespace: 'kube-system' },
      'coredns',
      isRolledOut,
      {
        timeoutMs: ADDON_TIMEOUTS.rolledOutMs,
        what: 'Deployment kube-system/coredns to be available',
        signal,
      },
    );
  },
};
