/**
 * Istio's standard HTTP metrics from a stock Envoy, which lacks Istio's own filters: Envoy's stats access logger counts
 * every request with the labels that Istio's stats filter would write, and two of Envoy's header filters do Istio's
 * exchange of peer metadata. What each label holds follows Istio's documentation of its standard metrics and the
 * behaviour of its filter: who reports describes itself from its node's metadata; the peer describes itself in a header;
 * a peer that did not answer is described by its endpoint's metadata; a Service is the one that Istio wrote into the
 * cluster's metadata. manifests/prometheus.yaml takes `peer` apart and gives the metrics their names.
 */
import type { KubeObject } from '../../k8s/client/object.ts';

const API = 'type.googleapis.com/envoy.extensions';
const CONNECTION_MANAGER = 'envoy.filters.network.http_connection_manager';
/** Removed by whoever receives it, so that neither applications of the mesh nor clients outside of it see it. */
const PEER_HEADER = 'x-canaryproof-peer';
/** Of Envoy's dynamic metadata. */
const NAMESPACE = 'canaryproof';

const own = {
  workload: '%ENVIRONMENT(ISTIO_META_WORKLOAD_NAME)%',
  workload_namespace: '%ENVIRONMENT(POD_NAMESPACE)%',
  canonical_service: ownLabel('service.istio.io/canonical-name'),
  canonical_revision: ownLabel('service.istio.io/canonical-revision'),
  cluster: '%ENVIRONMENT(ISTIO_META_CLUSTER_ID)%',
  app: ownLabel('app'),
  version: ownLabel('version'),
};

/** The order of `own`; the endpoint's metadata that istiod writes holds the first five in the same order. */
const ownDescription = Object.values(own).join(';');

const services = 'xds.cluster_metadata.filter_metadata.istio.services';
const hasService = [
  'has(xds.cluster_metadata)',
  'has(xds.cluster_metadata.filter_metadata.istio)',
  `has(${services})`,
  `size(${services}) > 0`,
].join(' && ');
const peer = `has(metadata.filter_metadata.${NAMESPACE}) ? metadata.filter_metadata.${NAMESPACE}.peer : `;
const GRPC = '^application/grpc([+;].*)?$';

const commonTags = {
  request_protocol: cel(
    `'content-type' in request.headers && request.headers['content-type'].matches('${GRPC}') ? 'grpc' : 'http'`,
  ),
  response_code: '%RESPONSE_CODE%',
  grpc_response_status: '%GRPC_STATUS_NUMBER%',
  response_flags: '%RESPONSE_FLAGS%',
};

function sourceTags(hostFallback: string): Readonly<Record<string, string>> {
  const named = (blackhole: string, passthrough: string, otherwise: string) =>
    `has(xds.route_name) && xds.route_name == 'block_all' ? ${blackhole} : ` +
    `has(xds.route_name) && xds.route_name == 'allow_any' ? ${passthrough} : ${otherwise}`;
  return {
    reporter: 'source',
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`source_${name}`, value])),
    source_principal: '%UPSTREAM_LOCAL_URI_SAN%',
    destination_principal: '%UPSTREAM_PEER_URI_SAN%',
    destination_service: cel(
      named(hostFallback, hostFallback, `${hasService} ? ${services}[0].host : ${hostFallback}`),
    ),
    destination_service_name: cel(
      named(
        "'BlackHoleCluster'",
        "'PassthroughCluster'",
        `has(xds.cluster_name) && xds.cluster_name in ['BlackHoleCluster', 'PassthroughCluster'] ? xds.cluster_name : ` +
          `${hasService} ? ${services}[0].name : ${hostFallback}`,
      ),
    ),
    destination_service_namespace: cel(`${hasService} ? ${services}[0].namespace : ''`),
    connection_security_policy: 'unknown',
    peer: cel(`${peer}xds.upstream_host_metadata.filter_metadata.istio.workload`),
    ...commonTags,
  };
}

function destinationTags(): Readonly<Record<string, string>> {
  const canonicalService = labelOf('service.istio.io/canonical-name');
  return {
    reporter: 'destination',
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`destination_${name}`, value])),
    source_principal: '%DOWNSTREAM_PEER_URI_SAN%',
    destination_principal: '%DOWNSTREAM_LOCAL_URI_SAN%',
    destination_service: cel(`${hasService} ? ${services}[0].host : ${canonicalService}`),
    destination_service_name: cel(
      `has(xds.cluster_name) && xds.cluster_name.startsWith('InboundPassthroughCluster') ? xds.cluster_name : ` +
        `${hasService} ? ${services}[0].name : ${canonicalService}`,
    ),
    destination_service_namespace: own.workload_namespace,
    connection_security_policy: cel("connection.mtls ? 'mutual_tls' : 'none'"),
    peer: cel(`${peer}''`),
    ...commonTags,
  };
}

/** Labels as Envoy counts them, before Prometheus takes `peer` apart. */
export const SOURCE_TAGS = sourceTags('request.host');
/** A gateway does not take the client's Host header for a Service. */
export const GATEWAY_TAGS = sourceTags("'unknown'");
export const DESTINATION_TAGS = destinationTags();

/** For all proxies of the mesh; ready before the first of them is made, so that each has it from its first request on. */
export function metricsFilter(rootNamespace: string): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'canaryproof-metrics', namespace: rootNamespace },
    spec: {
      configPatches: [
        ...patches('SIDECAR_OUTBOUND', SOURCE_TAGS, 'request'),
        ...patches('GATEWAY', GATEWAY_TAGS, 'request'),
        ...patches('SIDECAR_INBOUND', DESTINATION_TAGS, 'response'),
      ],
    },
  };
}

/** @param tells in which direction this proxy describes itself; it reads the peer's description in the other one */
function patches(context: string, tags: Readonly<Record<string, string>>, tells: 'request' | 'response') {
  const match = { context, listener: { filterChain: { filter: { name: CONNECTION_MANAGER } } } };
  const headerFilters = [
    {
      name: 'canaryproof.tell_peer',
      typed_config: {
        '@type': `${API}.filters.http.header_mutation.v3.HeaderMutation`,
        mutations: {
          [`${tells}_mutations`]: [
            {
              append: {
                header: { key: PEER_HEADER, value: ownDescription },
                append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
              },
            },
          ],
        },
      },
    },
    {
      name: 'canaryproof.read_peer',
      typed_config: {
        '@type': `${API}.filters.http.header_to_metadata.v3.Config`,
        [tells === 'request' ? 'response_rules' : 'request_rules']: [
          {
            header: PEER_HEADER,
            on_header_present: { metadata_namespace: NAMESPACE, key: 'peer', type: 'STRING' },
            remove: true,
          },
        ],
      },
    },
  ];
  return [
    ...headerFilters.map((value) => ({
      applyTo: 'HTTP_FILTER',
      match,
      patch: { operation: 'INSERT_FIRST', value },
    })),
    {
      applyTo: 'NETWORK_FILTER',
      match,
      patch: {
        operation: 'MERGE',
        value: {
          typed_config: {
            '@type': `${API}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            access_log: [{ name: 'envoy.access_loggers.stats', typed_config: statsLogger(tags) }],
          },
        },
      },
    },
  ];
}

function statsLogger(tags: Readonly<Record<string, string>>) {
  const stat = (name: string) => ({
    name,
    tags: Object.entries(tags).map(([tag, format]) => ({ name: tag, value_format: format })),
  });
  return {
    '@type': `${API}.access_loggers.stats.v3.Config`,
    stat_prefix: 'istio',
    counters: [{ stat: stat('requests_total'), value_fixed: 1 }],
    // Envoy's own bounds are Istio's: 0.5 ms to one hour
    histograms: [{ stat: stat('request_duration_milliseconds'), unit: 'Milliseconds', value_format: '%DURATION%' }],
  };
}

function cel(expression: string): string {
  return `%CEL(${expression})%`;
}

function labelOf(name: string): string {
  return `xds.node.metadata.LABELS['${name}']`;
}

function ownLabel(name: string): string {
  return cel(labelOf(name));
}
