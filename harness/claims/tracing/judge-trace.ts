/** Whether the spans of one request are one trace from the gateway to everybody who says that he answered. Pure. */
import type { NamedReceiver } from '../../traffic/named-receivers.ts';
import type { TraceSpan } from './trace-span.ts';

export type TraceProblemCode =
  | 'TRACE_BROKEN'
  | 'TRACE_GATEWAY_MISSING'
  | 'TRACE_SPANS_MISSING'
  | 'TRACE_VERSION_DIFFERS';

export interface TraceProblem {
  readonly code: TraceProblemCode;
  /** A clause about the trace. */
  readonly words: string;
}

/**
 * The first thing that is wrong, in the order in which one explains the next: a trace that is in pieces lacks spans, too.
 *
 * @param spans of every trace that holds a span of that request; at least one
 * @param receivers pods that name themselves in its answer
 * @param astray pods whose spans are in traces that began at a sidecar, and tell of no request of ours
 */
export function judgeTrace(
  spans: readonly TraceSpan[],
  receivers: readonly NamedReceiver[],
  astray: ReadonlySet<string>,
): TraceProblem | undefined {
  return inPieces(spans) ?? parentMissing(spans) ?? fromElsewhere(spans) ?? receiverMissing(spans, receivers, astray);
}

function inPieces(spans: readonly TraceSpan[]): TraceProblem | undefined {
  const traces = new Set(spans.map(({ traceId }) => traceId));
  const beginnings = spans.filter(({ parentId }) => parentId === undefined);
  if (traces.size < 2 && beginnings.length < 2) return undefined;
  return {
    code: 'TRACE_BROKEN',
    words: `the spans of one request are in ${Math.max(traces.size, beginnings.length)} pieces, which begin at ${beginnings.map(nameOf).join(', ') || 'spans that are not there'}`,
  };
}

function parentMissing(spans: readonly TraceSpan[]): TraceProblem | undefined {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const orphan = spans.find(({ parentId }) => parentId !== undefined && !known.has(parentId));
  return orphan && { code: 'TRACE_SPANS_MISSING', words: `the parent of the span of ${nameOf(orphan)} is not there` };
}

function fromElsewhere(spans: readonly TraceSpan[]): TraceProblem | undefined {
  const [first] = spans.filter(({ parentId }) => parentId === undefined);
  if (first?.isGateways) return undefined;
  const words = first ? `it begins at ${nameOf(first)}, behind the gateway` : 'no span of it begins it';
  return { code: first ? 'TRACE_GATEWAY_MISSING' : 'TRACE_SPANS_MISSING', words };
}

function receiverMissing(
  spans: readonly TraceSpan[],
  receivers: readonly NamedReceiver[],
  astray: ReadonlySet<string>,
): TraceProblem | undefined {
  for (const { service, version, pod } of receivers) {
    const own = spans.filter((span) => span.isServer && span.pod === pod);
    if (own.length === 0)
      return astray.has(pod)
        ? {
            code: 'TRACE_BROKEN',
            words: `${service} ${version} answered (${pod}), and its spans are in traces of their own`,
          }
        : { code: 'TRACE_SPANS_MISSING', words: `${service} ${version} answered (${pod}), and no span of it is there` };
    const other = own.find((span) => span.version !== version);
    if (other)
      return {
        code: 'TRACE_VERSION_DIFFERS',
        words: `${service} ${version} answered (${pod}), and its span says ${other.version ?? 'no version'}`,
      };
  }
  return undefined;
}

/** `reviews v3`; for spans without Istio's tags the pod. */
export function nameOf({ service, version, pod, isGateways }: TraceSpan): string {
  if (service === undefined) return pod ?? (isGateways ? 'a gateway' : 'an unknown proxy');
  // every gateway is of the revision `latest`
  return isGateways || version === undefined ? service : `${service} ${version}`;
}
