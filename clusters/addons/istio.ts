/** Istio from its own charts: CRDs, istiod with the injection webhook, and one ingress gateway. */
import { readFile } from 'node:fs/promises';
import { isEstablished, isRolledOut } from '../../k8s/client/readiness.ts';
import { ADDON_TIMEOUTS, type Addon, type AddonContext } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { namespaceObject, parseManifests, withFastProbes } from './manifest-file.ts';

const NAMESPACE = 'istio-system';
const INGRESS_GATEWAY = 'istio-ingressgateway';
const deployments = { apiVersion: 'apps/v1', resource: 'deployments', namespace: NAMESPACE };

interface Webhooks {
  readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[];
}

export const istio: Addon = {
  name: 'istio',
  needs: [],
  async install(context) {
    const { client, step } = context;
    await client.apply([namespaceObject(NAMESPACE)]);
    const [istiod, gateway] = await Promise.all([
      context.renderChart(
        'istiod',
        context.componentFile('istio', 'manifests/charts/istio-control/istio-discovery'),
        NAMESPACE,
        addonManifest('istiod-values.yaml'),
      ),
      context.renderChart(
        INGRESS_GATEWAY,
        context.componentFile('istio', 'manifests/charts/gateway'),
        NAMESPACE,
        addonManifest('gateway-values.yaml'),
      ),
      applyCrds(context),
    ]);
    const fast = (objects: typeof istiod) => (context.fastProbes ? objects.map(withFastProbes) : objects);
    step.update('istiod');
    await client.apply(fast(istiod), { namespace: NAMESPACE });
    await client.waitFor(deployments, 'istiod', isRolledOut, {
      timeoutMs: ADDON_TIMEOUTS.rolledOutMs,
      what: 'Deployment istio-system/istiod to be available',
      signal: context.signal,
    });
    // a pod made before the webhook trusts istiod would come up without a sidecar, or not at all
    await client.waitFor(
      { apiVersion: 'admissionregistration.k8s.io/v1', resource: 'mutatingwebhookconfigurations' },
      'istio-sidecar-injector',
      (object) => ((object as Webhooks | undefined)?.webhooks ?? []).every((hook) => hook.clientConfig?.caBundle),
      {
        timeoutMs: ADDON_TIMEOUTS.webhookMs,
        what: 'the sidecar injection webhook to be trusted',
        signal: context.signal,
      },
    );
    step.update('ingress gateway');
    await client.apply(fast(gateway), { namespace: NAMESPACE });
    await client.waitFor(deployments, INGRESS_GATEWAY, isRolledOut, {
      timeoutMs: ADDON_TIMEOUTS.rolledOutMs,
      what: `Deployment ${NAMESPACE}/${INGRESS_GATEWAY} to be available`,
      signal: context.signal,
    });
  },
};

async function applyCrds(context: AddonContext): Promise<void> {
  const file = context.componentFile('istio', 'manifests/charts/base/files/crd-all.gen.yaml');
  const crds = parseManifests(await readFile(file, 'utf8'), file);
  await context.client.apply(crds);
  const collection = { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions' };
  await Promise.all(
    crds.map((crd) =>
      context.client.waitFor(collection, crd.metadata.name, isEstablished, {
        timeoutMs: ADDON_TIMEOUTS.establishedMs,
        what: `CustomResourceDefinition ${crd.metadata.name} to be established`,
        signal: context.signal,
      }),
    ),
  );
}
