/** CoreDNS as an ordinary Deployment; real clusters bring their own. */
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

export const dns: Addon = {
  name: 'dns',
  needs: [],
  async install({ client, signal }) {
    await client.apply(await readManifests(addonManifest('coredns.yaml')));
    await awaitRolledOut(client, 'Deployment', { namespace: 'kube-system', name: 'coredns' }, signal);
  },
};
