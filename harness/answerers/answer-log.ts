/**
 * The access log that proxies are asked to write: one line for each request, with what joins it to a sample. It stands
 * beside whatever log the mesh has, and Envoy's filter keeps requests of others out of a gateway's.
 */
import type { KubeObject } from '../../k8s/client/object.ts';

const ANSWER_LOG_NAME = 'canaryproof-answers';
export const FILTERS = { apiVersion: 'networking.istio.io/v1alpha3', resource: 'envoyfilters' } as const;
const CONNECTION_MANAGER = 'envoy.filters.network.http_connection_manager';
const API = 'type.googleapis.com/envoy.extensions';

/** By the names of Istio's JSON encoding; access-line.ts reads them. */
const FORMAT = {
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
};

/** Envoy's `AccessLog`. @param marked only of requests that say which one they are */
export function answerLog(marked: boolean): Readonly<Record<string, unknown>> {
  const userAgent = { name: 'user-agent', string_match: { contains: 'canaryproof-request/' } };
  return {
    name: 'envoy.access_loggers.file',
    ...(marked ? { filter: { header_filter: { header: userAgent } } } : {}),
    typed_config: {
      '@type': `${API}.access_loggers.file.v3.FileAccessLog`,
      path: '/dev/stdout',
      log_format: { json_format: FORMAT },
    },
  };
}

/**
 * For the proxies of a namespace; in the root namespace of the mesh, for all of them, gateways too.
 * @param isRoot whether it is that one
 */
export function answerLogFilter(namespace: string, isRoot: boolean): KubeObject {
  // behind the gateway a service may have dropped the User-Agent, and only the request id is left
  const sidecars = ['SIDECAR_INBOUND', 'SIDECAR_OUTBOUND'].map((context) => patch(context, false));
  return {
    apiVersion: FILTERS.apiVersion,
    kind: 'EnvoyFilter',
    metadata: { name: ANSWER_LOG_NAME, namespace },
    spec: { configPatches: [...sidecars, ...(isRoot ? [patch('GATEWAY', true)] : [])] },
  };
}

function patch(context: string, marked: boolean) {
  return {
    applyTo: 'NETWORK_FILTER',
    match: { context, listener: { filterChain: { filter: { name: CONNECTION_MANAGER } } } },
    patch: {
      operation: 'MERGE',
      value: {
        typed_config: {
          '@type': `${API}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
          access_log: [answerLog(marked)],
        },
      },
    },
  };
}
