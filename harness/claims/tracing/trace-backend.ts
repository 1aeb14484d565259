/**
 * Jaeger as its stable query API (`/api/v3`) shows it, reached through the API server's proxy of its Service: on every
 * provider alike, and without a port of the machine.
 */
import { ApiError } from '../../../k8s/client/api-request.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import { readSpans, type TraceSpan } from './trace-span.ts';
import type { BackendPlace } from './tracing-claim.ts';

export interface TraceBackend {
  /** Its Service. */
  readonly where: string;
  /** Of every trace with a span that began in between; Unix milliseconds. A span may come more than once. */
  spansIn(range: { readonly fromMs: number; readonly toMs: number }): Promise<readonly TraceSpan[]>;
  /** How many spans came and were not kept, as it counts itself; undefined where it does not say. */
  notKept(): Promise<number | undefined>;
}

/** What is asked at once, so that no answer is large. */
const SLICE_MS = 5_000;
const MOST_TRACES = 5_000;
/** Jaeger's own word for an empty answer, which it gives with status 404. */
const NOTHING = /No traces found/;
/** What the collector that Jaeger is built on counts of spans that it does not hand on. */
const NOT_KEPT =
  /^otelcol_(?:receiver_refused|exporter_send_failed|exporter_enqueue_failed|processor_refused)_spans(?:_total)?(?:\{[^}]*\})? (\S+)/gm;

/** Every method throws HarnessError TRACE_BACKEND_UNREACHABLE, TRACE_ANSWER_BROKEN, TRACES_TRUNCATED (exit 3). */
export function openTraceBackend(place: BackendPlace, { client, signal }: Scene): TraceBackend {
  const { namespace, service } = place;
  const where = `Service ${namespace}/${service}`;
  const proxied = (port: number, path: string) =>
    client.getText(`/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy${path}`);
  const slice = async (fromMs: number, toMs: number): Promise<readonly TraceSpan[]> => {
    const query = new URLSearchParams({
      'query.start_time_min': new Date(fromMs).toISOString(),
      'query.start_time_max': new Date(toMs).toISOString(),
      'query.num_traces': String(MOST_TRACES),
      // as they came: Jaeger would move times and leave out spans
      'query.raw_traces': 'true',
    });
    const text = await proxied(place.port, `/api/v3/traces?${query}`).catch((cause: unknown) => {
      signal.throwIfAborted();
      if (cause instanceof ApiError && cause.status === 404 && NOTHING.test(cause.message)) return undefined;
      throw environmentError('TRACE_BACKEND_UNREACHABLE', 'the trace backend does not answer', {
        where,
        hint: 'Is its pod ready, and is the addon jaeger among those of the profile? Nothing can be said of traces without it.',
        cause,
      });
    });
    if (text === undefined) return [];
    const spans = readSpans(text, where);
    if (new Set(spans.map(({ traceId }) => traceId)).size >= MOST_TRACES)
      throw environmentError('TRACES_TRUNCATED', `${MOST_TRACES} traces began within ${SLICE_MS / 1000} s, or more`, {
        where,
        hint: 'The rest was not given. Send fewer requests a second, or sample less of them.',
      });
    return spans;
  };
  return {
    where,
    async spansIn({ fromMs, toMs }) {
      const spans: TraceSpan[] = [];
      for (let at = fromMs; at < toMs; at += SLICE_MS) spans.push(...(await slice(at, Math.min(toMs, at + SLICE_MS))));
      return spans;
    },
    async notKept() {
      const text = await proxied(place.metricsPort, '/metrics').catch(() => undefined);
      signal.throwIfAborted();
      if (text === undefined || !text.includes('otelcol_')) return undefined;
      return [...text.matchAll(NOT_KEPT)].reduce((sum, [, value]) => sum + Number(value), 0);
    },
  };
}
