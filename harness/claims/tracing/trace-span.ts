/** A span as Envoy reports it and as Jaeger's API gives it (OTLP in JSON). Pure. */
import { z } from 'zod';
import { environmentError } from '../../errors/harness-error.ts';

export interface TraceSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the span that a trace begins with. */
  readonly parentId: string | undefined;
  /** Of a request that came in, as opposed to one that was sent on. */
  readonly isServer: boolean;
  /** Unix milliseconds, by the proxy's clock. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Whether a gateway made it, and not the sidecar of a pod. */
  readonly isGateways: boolean;
  /** Of that proxy. */
  readonly pod: string | undefined;
  /** As the mesh calls the service and the version of that proxy's workload. */
  readonly service: string | undefined;
  readonly version: string | undefined;
  readonly userAgent: string;
}

const attributes = z
  .array(z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }).optional() }))
  .default([]);
const answer = z.object({
  result: z.object({
    resourceSpans: z.array(
      z.object({
        scopeSpans: z.array(
          z.object({
            spans: z.array(
              z.object({
                traceId: z.string().min(1),
                spanId: z.string().min(1),
                parentSpanId: z.string().optional(),
                kind: z.union([z.int(), z.string()]).optional(),
                startTimeUnixNano: z.string().regex(/^\d+$/),
                endTimeUnixNano: z.string().regex(/^\d+$/),
                attributes,
              }),
            ),
          }),
        ),
      }),
    ),
  }),
});

/** `Span.SpanKind` of OTLP: JSON has the number, or its name where it was made from another encoding. */
const SERVER: readonly unknown[] = [2, 'SPAN_KIND_SERVER'];
const NANOSECONDS = 1e6;

/** @throws HarnessError TRACE_ANSWER_BROKEN: what was cut off must not look like traces with fewer spans */
export function readSpans(text: string, where: string): readonly TraceSpan[] {
  const parsed = answer.safeParse(asJson(text));
  if (!parsed.success)
    throw environmentError(
      'TRACE_ANSWER_BROKEN',
      'the trace backend answered with something that is no list of spans',
      {
        where,
        hint: `It begins with ${JSON.stringify(text.slice(0, 120))} and ends with ${JSON.stringify(text.slice(-40))}; look at the log of Jaeger.`,
      },
    );
  return parsed.data.result.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span): TraceSpan => {
        const tags = new Map(span.attributes.map(({ key, value }) => [key, value?.stringValue]));
        const startMs = Number(span.startTimeUnixNano) / NANOSECONDS;
        return {
          ...{ traceId: span.traceId, spanId: span.spanId, startMs },
          parentId: span.parentSpanId || undefined,
          isServer: SERVER.includes(span.kind),
          durationMs: Number(span.endTimeUnixNano) / NANOSECONDS - startMs,
          ...proxyOf(tags.get('node_id') ?? ''),
          service: tags.get('istio.canonical_service'),
          version: tags.get('istio.canonical_revision'),
          userAgent: tags.get('user_agent') ?? '',
        };
      }),
    ),
  );
}

/** Istio's node ids: `sidecar~10.0.0.7~reviews-v1-x.bookinfo~bookinfo.svc.cluster.local`, `router~…` for gateways. */
function proxyOf(nodeId: string): Pick<TraceSpan, 'isGateways' | 'pod'> {
  const [type, , named = ''] = nodeId.split('~');
  const dot = named.lastIndexOf('.');
  return { isGateways: type === 'router', pod: dot > 0 ? named.slice(0, dot) : undefined };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
