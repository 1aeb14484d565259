/** Alertmanager, which routes Prometheus' alerts by severity to receivers of the run. */
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

export const alertmanager: Addon = {
  name: 'alertmanager',
  needs: [],
  async install({ client, signal }) {
    await client.apply([namespaceObject('monitoring')]);
    await client.apply(await readManifests(addonManifest('alertmanager.yaml')));
    await awaitRolledOut(client, 'Deployment', { namespace: 'monitoring', name: 'alertmanager' }, signal);
  },
};
