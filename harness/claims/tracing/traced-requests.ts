/** Which spans are of which request: by the User-Agent, which every span of Envoy repeats. Pure. */
import { markIn } from '../../documents/request-mark.ts';
import type { TraceSpan } from './trace-span.ts';

export interface TracedRequests {
  /** Number of the request -> the spans of every trace that holds one of its spans. */
  readonly bySequence: ReadonlyMap<number, readonly TraceSpan[]>;
  /** Pods whose spans are in traces that began at a sidecar and hold nothing of the load: nobody told them of the trace. */
  readonly astray: ReadonlySet<string>;
}

/** @param client what the clients of the load call themselves, and nobody else */
export function tracedRequests(spans: readonly TraceSpan[], client: string): TracedRequests {
  const traces = new Map<string, Map<string, TraceSpan>>();
  for (const span of spans) {
    const trace = traces.get(span.traceId) ?? new Map<string, TraceSpan>();
    traces.set(span.traceId, trace.set(span.spanId, span));
  }
  const bySequence = new Map<number, TraceSpan[]>();
  const astray = new Set<string>();
  for (const trace of traces.values()) {
    const all = [...trace.values()];
    const own = new Set(all.flatMap((span) => sequenceOf(span, client) ?? []));
    for (const sequence of own) bySequence.set(sequence, [...(bySequence.get(sequence) ?? []), ...all]);
    if (own.size > 0 || all.some(({ isGateways }) => isGateways)) continue;
    for (const { isServer, pod } of all) if (isServer && pod !== undefined) astray.add(pod);
  }
  return { bySequence, astray };
}

function sequenceOf({ userAgent }: TraceSpan, client: string): number | undefined {
  return userAgent.startsWith(`${client} `) ? markIn(userAgent)?.sequence : undefined;
}
