/** A Jaeger for tests: spans of Envoys as its API gives them (OTLP in JSON), behind the API server's proxy. */
import { ApiError } from '../../../k8s/client/api-request.ts';
import type { Hop } from '../../../k8s/workload/hops.ts';
import type { FakeClusterClient } from '../../testkit/fakes/fake-cluster-client.ts';

export interface FakeSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: 2 | 3;
  readonly startMs: number;
  readonly nodeId: string;
  readonly service: string;
  readonly version: string;
  readonly userAgent: string;
}

const GATEWAY = 'istio-ingressgateway';

/** The gateway's two spans, and of every receiver the one of whoever asked it and its own; the first asks all others. */
export function wholeTrace(traceId: string, userAgent: string, startMs: number, hops: readonly Hop[]): FakeSpan[] {
  const of = (hop: Hop, kind: 2 | 3, name: string, parent: string | undefined, node = 'sidecar'): FakeSpan => ({
    ...{ traceId, kind, userAgent, service: hop.service, version: hop.version },
    ...{ startMs, spanId: `${traceId}-${name}`, parentSpanId: parent && `${traceId}-${parent}` },
    nodeId: `${node}~10.0.0.1~${hop.pod}.shop~shop.svc.cluster.local`,
  });
  const gateway = { service: GATEWAY, version: 'latest', pod: `${GATEWAY}-0` };
  const [first] = hops;
  return [
    of(gateway, 2, 'gateway', undefined, 'router'),
    of(gateway, 3, 'gateway-asks', 'gateway', 'router'),
    ...hops.flatMap((hop, index) =>
      index === 0
        ? [of(hop, 2, hop.pod, 'gateway-asks')]
        : [of(first!, 3, `asks-${hop.pod}`, first!.pod), of(hop, 2, hop.pod, `asks-${hop.pod}`)],
    ),
  ];
}

export interface FakeJaeger {
  readonly spans: FakeSpan[];
  /** What it counts as refused when it is asked first, and from the second time on. */
  refused: number;
  /** Which of its counters of spans that is. */
  counter: string;
  refuses: number;
  /** Instead of an answer with traces. */
  answer: ((text: string) => string) | undefined;
  readonly asked: string[];
}

/** From now on the client reaches it. */
export function playJaeger(client: FakeClusterClient): FakeJaeger {
  let counted = 0;
  const jaeger: FakeJaeger = {
    spans: [],
    counter: 'receiver_refused',
    refused: 0,
    refuses: 0,
    answer: undefined,
    asked: [],
  };
  client.getText = async (path) => {
    jaeger.asked.push(path);
    if (path === '/api/v1/namespaces/istio-system/services/tracing:8888/proxy/metrics') {
      counted += 1;
      return [
        '# TYPE otelcol_receiver_accepted_spans_total counter',
        `otelcol_receiver_accepted_spans_total{receiver="otlp",transport="grpc"} ${jaeger.spans.length}`,
        `otelcol_${jaeger.counter}_spans_total{receiver="otlp",transport="grpc"} ${counted > 1 ? jaeger.refuses : jaeger.refused}`,
        '',
      ].join('\n');
    }
    const url = new URL(path, 'http://api');
    if (url.pathname !== '/api/v1/namespaces/istio-system/services/tracing:80/proxy/api/v3/traces')
      throw new ApiError(404, `GET ${path}: 404 not found`);
    const at = (name: string) => Date.parse(url.searchParams.get(`query.start_time_${name}`) ?? '');
    const within = new Set(
      jaeger.spans.filter(({ startMs }) => startMs >= at('min') && startMs <= at('max')).map(({ traceId }) => traceId),
    );
    const found = jaeger.spans.filter(({ traceId }) => within.has(traceId));
    if (found.length === 0 && jaeger.answer === undefined)
      throw new ApiError(404, `GET ${path}: 404 {"error":{"httpCode":404,"message":"No traces found"}}`);
    const text = JSON.stringify({ result: { resourceSpans: [{ scopeSpans: [{ spans: found.map(asOtlp) }] }] } });
    return jaeger.answer === undefined ? text : jaeger.answer(text);
  };
  return jaeger;
}

function asOtlp({ startMs, nodeId, service, version, userAgent, ...span }: FakeSpan) {
  const tags = {
    node_id: nodeId,
    user_agent: userAgent,
    'istio.canonical_service': service,
    'istio.canonical_revision': version,
  };
  return {
    ...span,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 3}000000`,
    attributes: Object.entries(tags).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
}
