/** The block `cluster` of a profile: what its manifests expect of a cluster that canaryproof makes, beside the addons. */
import { z } from 'zod';
import { dnsLabel, text } from '../documents/document-atoms.ts';
import type { Surroundings } from '../ports/cluster.ts';

const port = z.int().min(1).max(65_535);
const kind = z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'must be a kind, such as ServiceMonitor');

export const clusterBlock = z
  .strictObject({
    prometheusServices: z
      .array(z.strictObject({ namespace: dnsLabel, name: dnsLabel, port: port.default(9090) }))
      .default([])
      .describe('Services through which Prometheus answers as well'),
    gatewayLabels: z
      .record(text, text)
      .default({})
      .describe("labels of the ingress gateway's pods, beside its own; they win for the same key"),
    gatewayCertificates: z
      .array(
        z.strictObject({
          credentialName: dnsLabel,
          namespace: dnsLabel.default('istio-system'),
          hosts: z.array(text).min(1, 'must hold at least one host'),
        }),
      )
      .default([])
      .describe('TLS secrets that Gateways name, with a certificate of the run'),
    definitions: z
      .array(
        z.strictObject({
          group: text.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a group, such as monitoring.coreos.com'),
          version: dnsLabel,
          kind,
          plural: dnsLabel.optional().describe('default: the kind in lower case, in the plural'),
          scope: z.enum(['Namespaced', 'Cluster']).default('Namespaced'),
        }),
      )
      .default([])
      .describe('kinds that are taken as they are, without a controller'),
  })
  .describe('what the manifests expect of the cluster; not where the cluster is yours (existing)');

export function resolveCluster(block: z.output<typeof clusterBlock>): Surroundings {
  return {
    ...block,
    definitions: block.definitions.map(({ plural, ...definition }) => ({
      ...definition,
      plural: plural ?? pluralOf(definition.kind.toLowerCase()),
    })),
  };
}

/** As Kubernetes' own generators guess it. */
function pluralOf(singular: string): string {
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}
