/**
 * Kyverno's admission controller from upstream's own manifests: what policies of `policies.kyverno.io` need to be asked at
 * admission. The controllers that report, clean up and generate are left out.
 */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { ADDON_TIMEOUTS, type Addon } from './addon.ts';
import { applyDefinitions, readInstallFile } from './definitions.ts';
import { isTrusted } from './istio.ts';
import { withFastProbes } from './manifest-file.ts';
import { awaitRolledOut } from './readiness-waits.ts';
import { REGISTRY_CERTIFICATE } from './registry.ts';

const NAMESPACE = 'kyverno';
const DEPLOYMENT = 'kyverno-admission-controller';
/** By this Kyverno is asked about policies, so a policy that is applied before nobody has looked at. */
const POLICY_WEBHOOK = 'kyverno-policy-validating-webhook-cfg';
const COMPONENT = 'app.kubernetes.io/component';
const CERTIFICATES = '/etc/canaryproof/certificates';

interface Probe {
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly args: readonly string[];
  readonly startupProbe?: Probe;
  readonly env?: readonly object[];
  readonly volumeMounts?: readonly object[];
}

interface DeploymentSpec {
  readonly template: {
    readonly spec: { readonly containers: readonly Container[]; readonly volumes?: readonly object[] };
  };
}

export const kyverno: Addon = {
  name: 'kyverno',
  needs: [],
  after: ['registry'],
  async install(context) {
    const { client, signal, fastProbes, step } = context;
    const install = await readInstallFile(context.componentFile('kyverno', 'config/install-latest-testing.yaml'));
    const { others } = install;
    await client.apply(others.filter(({ kind }) => kind === 'Namespace'));
    // nearly six megabytes
    await applyDefinitions(context, install, true);
    const certificate = await registryCertificate(client);
    const adapted = others.flatMap(admissionOnly).map((object) => (certificate ? trusting(object) : object));
    if (certificate) await client.apply([certificate]);
    await client.apply(fastProbes ? adapted.map(withFastProbes) : adapted);
    step.update('admission controller');
    await awaitRolledOut(client, 'Deployment', { namespace: NAMESPACE, name: DEPLOYMENT }, signal);
    await client.waitFor(
      { apiVersion: 'admissionregistration.k8s.io/v1', resource: 'validatingwebhookconfigurations' },
      POLICY_WEBHOOK,
      isTrusted,
      { timeoutMs: ADDON_TIMEOUTS.webhookMs, what: "Kyverno's webhook for policies to be trusted", signal },
    );
  },
};

/**
 * Whether upstream's object is needed at admission, and as what. Accounts and rights of the other controllers stay: Kyverno
 * calls a policy ready only when the account that would report on it may read what it is about.
 */
export function admissionOnly(object: KubeObject): readonly KubeObject[] {
  const { kind, metadata, spec } = object;
  if (kind === 'Service') return metadata.labels?.[COMPONENT] === 'admission-controller' ? [object] : [];
  if (kind !== 'Deployment') return [object];
  if (metadata.name !== DEPLOYMENT) return [];
  const { template } = spec as unknown as DeploymentSpec;
  // it takes away what an instance before left behind, and there was none
  const { initContainers: _, ...pod } = template.spec as DeploymentSpec['template']['spec'] & {
    initContainers?: unknown;
  };
  const containers = pod.containers.map((container) => ({
    ...container,
    // nobody is there who would gather the reports
    args: container.args.map((arg) => (arg === '--admissionReports=true' ? '--admissionReports=false' : arg)),
    ...(container.startupProbe ? { startupProbe: everySecond(container.startupProbe) } : {}),
  }));
  return [{ ...object, spec: { ...spec, template: { ...template, spec: { ...pod, containers } } } }];
}

/** What makes the certificate of the run's registry trusted here; undefined: there is no such registry. */
async function registryCertificate(client: ClusterClient): Promise<KubeObject | undefined> {
  const { collection, name } = REGISTRY_CERTIFICATE;
  const found = await client.get(collection, name);
  return found && { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data: found.data };
}

/** Go reads what lies in SSL_CERT_DIR beside the roots of the system. */
export function trusting(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const { spec } = object;
  const { template } = spec as unknown as DeploymentSpec;
  const { name } = REGISTRY_CERTIFICATE;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    env: [...(container.env ?? []), { name: 'SSL_CERT_DIR', value: CERTIFICATES }],
    volumeMounts: [...(container.volumeMounts ?? []), { name, mountPath: CERTIFICATES, readOnly: true }],
  }));
  const volumes = [...(template.spec.volumes ?? []), { name, configMap: { name } }];
  return { ...object, spec: { ...spec, template: { ...template, spec: { ...template.spec, containers, volumes } } } };
}

/** It is ready in seconds, and has as long as upstream gives it. */
function everySecond(probe: Probe): Probe {
  const { periodSeconds = 10, failureThreshold = 3 } = probe;
  return { ...probe, periodSeconds: 1, failureThreshold: periodSeconds * failureThreshold };
}
