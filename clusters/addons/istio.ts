/** Istio from its own charts: CRDs, istiod with the injection webhook, and one ingress gateway. */
import type { KubeObject } from '../../k8s/client/object.ts';
import { ADDON_TIMEOUTS, type Addon, type AddonContext } from './addon.ts';
import { addonManifest } from './addon-files.ts';
import { applyDefinitions, readInstallFile } from './definitions.ts';
import { withGatewayLabels } from './gateway-labels.ts';
import { metricsFilter } from './istio-metrics.ts';
import { namespaceObject, withFastProbes } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';

const NAMESPACE = 'istio-system';
const INGRESS_GATEWAY = 'istio-ingressgateway';

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
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: 'istiod' }, context.signal);
    // a pod made before the webhook trusts istiod would come up without a sidecar, or not at all
    await client.waitFor(
      { apiVersion: 'admissionregistration.k8s.io/v1', resource: 'mutatingwebhookconfigurations' },
      'istio-sidecar-injector',
      isTrusted,
      {
        timeoutMs: ADDON_TIMEOUTS.webhookMs,
        what: 'the sidecar injection webhook to be trusted',
        signal: context.signal,
      },
    );
    await client.apply([metricsFilter(NAMESPACE)]);
    step.update('ingress gateway');
    const labels = context.surroundings?.gatewayLabels ?? {};
    const labelled = fast(gateway).map((object) => withGatewayLabels(object, labels));
    await client.apply(labelled, { namespace: NAMESPACE });
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: INGRESS_GATEWAY }, context.signal);
  },
};

/** No webhook at all is not a trusted one. */
export function isTrusted(object: KubeObject | undefined): boolean {
  const hooks = (object as Webhooks | undefined)?.webhooks ?? [];
  return hooks.length > 0 && hooks.every((hook) => Boolean(hook.clientConfig?.caBundle));
}

async function applyCrds(context: AddonContext): Promise<void> {
  const file = context.componentFile('istio', 'manifests/charts/base/files/crd-all.gen.yaml');
  await applyDefinitions(context, await readInstallFile(file));
}
