/** Prometheus that presents Envoy's counters under Istio's metric names. */
import { isRolledOut } from '../../k8s/client/readiness.ts';
import { ADDON_TIMEOUTS, type Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';

export const prometheus: Addon = {
  name: 'prometheus',
  needs: [],
  async install({ client, signal }) {
    await client.apply([namespaceObject('monitoring')]);
    await client.apply(await readManifests(addonManifest('prometheus.yaml')));
    await client.waitFor(
      { apiVersion: 'apps/v1', resource: 'deployments', namespace: 'monitoring' },
      'prometheus',
      isRolledOut,
      {
        timeoutMs: ADDON_TIMEOUTS.rolledOutMs,
        what: 'Deployment monitoring/prometheus to be available',
        signal,
      },
    );
  },
};
