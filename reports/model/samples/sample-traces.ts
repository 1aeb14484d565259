/** Traces for tests: a whole one, and one whose last receiver is missing. */
import type { TraceReport } from '../trace-report.ts';

const SPANS: TraceReport['spans'] = [
  {
    id: 'a',
    parentId: null,
    name: 'istio-ingressgateway',
    kind: 'answers',
    pod: 'gateway-0',
    startMs: 0,
    durationMs: 14,
  },
  {
    id: 'b',
    parentId: 'a',
    name: 'istio-ingressgateway',
    kind: 'asks',
    pod: 'gateway-0',
    startMs: 0.4,
    durationMs: 13.2,
  },
  { id: 'c', parentId: 'b', name: 'page v1', kind: 'answers', pod: 'page-0', startMs: 1.1, durationMs: 11.8 },
  { id: 'd', parentId: 'c', name: 'page v1', kind: 'asks', pod: 'page-0', startMs: 3, durationMs: 6.5 },
  { id: 'e', parentId: 'd', name: 'reviews v2', kind: 'answers', pod: 'reviews-v2-0', startMs: 3.9, durationMs: 4.2 },
];

export function sampleTraces(): TraceReport[] {
  const base = { claimId: 'shop/tracing', title: 'A trace crosses gateway, page and reviews' };
  return [
    { ...base, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', problem: null, spans: SPANS },
    {
      ...base,
      traceId: '00f067aa0ba902b7c1f6d0a1d2e3f405',
      problem: 'reviews v2 answered (reviews-v2-0), and no span of it is there',
      spans: SPANS.slice(0, -1),
    },
  ];
}
