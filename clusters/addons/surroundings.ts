/**
 * What manifests of others expect around them and a cluster of ours does not have by itself: Prometheus under another
 * name, TLS secrets that their Gateways name, and definitions of kinds whose controller is not there.
 */
import type { PrometheusService, Surroundings } from '../../harness/ports/cluster.ts';
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { serverCertificate } from '../../k8s/workload/server-certificate.ts';
import { namespaceObject } from './manifest-file.ts';
import { awaitEstablished } from './readiness-waits.ts';

const PROMETHEUS = { namespace: 'monitoring', name: 'prometheus', port: 9090 } as const;
const ARGOCD_SETTINGS = { apiVersion: 'v1', resource: 'configmaps', namespace: 'argocd' } as const;

/** When the addons are ready. */
export async function installSurroundings(
  surroundings: Surroundings,
  addons: readonly string[],
  client: ClusterClient,
  signal: AbortSignal,
): Promise<void> {
  const { prometheusServices, gatewayCertificates, definitions } = surroundings;
  const namespaces = new Set([...prometheusServices, ...gatewayCertificates].map(({ namespace }) => namespace));
  const missing: string[] = [];
  for (const name of namespaces)
    if (!(await client.get({ apiVersion: 'v1', resource: 'namespaces' }, name))) missing.push(name);
  const crds = definitionObjects(surroundings);
  await client.apply([
    ...missing.map((name) => namespaceObject(name)),
    ...prometheusObjects(prometheusServices),
    ...certificateObjects(surroundings, Date.now()),
    ...crds,
  ]);
  await awaitEstablished(client, crds, signal);
  if (definitions.length > 0 && addons.includes('argocd'))
    await client.patch(ARGOCD_SETTINGS, 'argocd-cm', 'merge', { data: healthSettings(surroundings) });
}

/**
 * A name in DNS for each, and a port of the real Service for each port: a Service of another namespace can select no
 * pods of this one, and an endpoint may not be the address of a Service.
 */
export function prometheusObjects(services: readonly PrometheusService[]): KubeObject[] {
  if (services.length === 0) return [];
  const ports = [...new Set<number>([PROMETHEUS.port, ...services.map(({ port }) => port)])];
  const isReal = ({ namespace, name }: PrometheusService) =>
    namespace === PROMETHEUS.namespace && name === PROMETHEUS.name;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: PROMETHEUS.name, namespace: PROMETHEUS.namespace },
      spec: {
        selector: { app: 'prometheus' },
        ports: ports.map((port) => ({
          name: port === PROMETHEUS.port ? 'http' : `http-${port}`,
          port,
          targetPort: PROMETHEUS.port,
        })),
      },
    },
    ...services
      .filter((service) => !isReal(service))
      .map(({ namespace, name, port }) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: {
          type: 'ExternalName',
          externalName: `${PROMETHEUS.name}.${PROMETHEUS.namespace}.svc.cluster.local`,
          ports: [{ name: 'http', port }],
        },
      })),
  ];
}

/** Of the run: new keys each time. */
export function certificateObjects({ gatewayCertificates }: Surroundings, nowMs: number): KubeObject[] {
  return gatewayCertificates.map(({ credentialName, namespace, hosts }) => {
    const { certificate, key } = serverCertificate(hosts, nowMs);
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: credentialName, namespace },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    };
  });
}

/** Objects of these kinds are taken as they are, and nothing comes of them. */
export function definitionObjects({ definitions }: Surroundings): KubeObject[] {
  return definitions.map(({ group, version, kind, plural, scope }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }));
}

/** Without a controller some kinds would be Progressing for ever, and with them the Application. */
function healthSettings({ definitions }: Surroundings): Record<string, string> {
  const healthy = 'hs = {}\nhs.status = "Healthy"\nhs.message = "no controller of this kind is installed"\nreturn hs\n';
  return Object.fromEntries(
    definitions.map(({ group, kind }) => [`resource.customizations.health.${group}_${kind}`, healthy]),
  );
}
