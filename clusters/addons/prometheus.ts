/** Prometheus that presents Envoy's counters under Istio's metric names. */
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

export const prometheus: Addon = {
  name: 'prometheus',
  needs: [],
  async install({ client, signal }) {
    await client.apply([namespaceObject('monitoring')]);
    await client.apply(await readManifests(addonManifest('prometheus.yaml')));
    await awaitRolledOut(client, 'Deployment', { namespace: 'monitoring', name: 'prometheus' }, signal);
  },
};
