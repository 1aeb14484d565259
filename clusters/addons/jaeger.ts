/** Jaeger, which keeps the spans that proxies send, in memory: what a Telemetry with the provider `jaeger` needs. */
import type { Addon } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, readManifests } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

/** As in Istio's own sample of it, so that what names its Services finds them. */
const NAMESPACE = 'istio-system';

export const jaeger: Addon = {
  name: 'jaeger',
  needs: [],
  async install({ client, signal }) {
    await client.apply([namespaceObject(NAMESPACE)]);
    await client.apply(await readManifests(addonManifest('jaeger.yaml')));
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'jaeger' }, signal);
  },
};
