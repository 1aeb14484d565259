/** What a tracing verdict says: its sentence, its figures, and one trace for the report. */
import type { ClaimReport, FindingReport } from '../../../reports/model/run-report.ts';
import type { TraceReport } from '../../../reports/model/trace-report.ts';
import { percent } from '../../documents/figures.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { whole } from '../../verdict/wording.ts';
import { nameOf } from './judge-trace.ts';
import type { JudgedTrace, JudgedTracing } from './judged-tracing.ts';
import type { TraceSpan } from './trace-span.ts';

export function sentenceOf(judged: JudgedTracing, findings: readonly FindingReport[], outcome: Outcome): string {
  const { share, traces, traced, claim } = judged;
  if (outcome === 'invalid') return 'The load itself was not sound, so nothing can be said of its traces.';
  if (findings.length > 0) return `${findings.map(({ sentence }) => sentence.replace(/\.$/, '')).join('; ')}.`;
  if (traces.length === 0)
    return traced.bySequence.size === 0
      ? `No trace was judged. ${share.sentence}`
      : `${whole(traced.bySequence.size)} requests have a trace, but no answer of theirs names ${claim.services.join(', ')}, so nobody can say whom it must cross.`;
  const crossed = `All ${whole(traces.length)} traces lead from the gateway to everybody who answered, with the version that each of them names (${versionsIn(judged)}).`;
  return `${crossed} ${share.sentence}`;
}

/** Of the services that the claim names: `reviews v1 540, v3 60`. */
function versionsIn({ claim, traces }: JudgedTracing): string {
  return claim.services
    .map((name) => {
      const counts = new Map<string, number>();
      for (const { receivers } of traces)
        for (const { service, version } of receivers)
          if (service === name) counts.set(version, (counts.get(version) ?? 0) + 1);
      return `${name} ${[...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([version, count]) => `${version} ${whole(count)}`)
        .join(', ')}`;
    })
    .join('; ');
}

export function detailsOf(judged: JudgedTracing): ClaimReport['details'] {
  const { declared, requests, traced, traces, notKept } = judged;
  return [
    { label: 'declared', value: `${percent(declared.share)} at ${declared.where}` },
    { label: 'with a trace', value: `${whole(traced.bySequence.size)} of ${whole(requests)} requests` },
    { label: 'spans', value: `${whole(traced.spans)}` },
    { label: 'traces judged', value: `${whole(traces.length)}` },
    {
      label: 'spans that the backend did not keep',
      value: notKept === undefined ? 'it does not say' : whole(notKept),
    },
  ];
}

/** A trace that is wrong before one that is right, and of those one that crosses as many services as any. */
export function exampleOf({ claim, traces }: JudgedTracing): readonly TraceReport[] {
  const longest = traces.reduce<JudgedTrace | undefined>(
    (most, one) => (most === undefined || one.spans.length > most.spans.length ? one : most),
    undefined,
  );
  const shown = traces.find(({ problem }) => problem !== undefined) ?? longest;
  if (!shown) return [];
  const spans = shown.spans.toSorted((a, b) => a.startMs - b.startMs);
  const beganMs = spans[0]!.startMs;
  return [
    {
      ...{ claimId: claim.id, title: claim.title },
      traceId: spans[0]!.traceId,
      problem: shown.problem?.words ?? null,
      spans: inTreeOrder(spans).map((span) => ({
        ...{ id: span.spanId, parentId: span.parentId ?? null, name: nameOf(span), pod: span.pod ?? '' },
        kind: span.isServer ? 'answers' : 'asks',
        startMs: span.startMs - beganMs,
        durationMs: span.durationMs,
      })),
    },
  ];
}

/** Each behind the one that caused it, in the order in which they began; what nobody caused comes in its turn. */
function inTreeOrder(spans: readonly TraceSpan[]): readonly TraceSpan[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = (id: string): readonly TraceSpan[] =>
    spans.filter(({ parentId }) => parentId === id).flatMap((span) => [span, ...below(span.spanId)]);
  return spans
    .filter(({ parentId }) => parentId === undefined || !known.has(parentId))
    .flatMap((span) => [span, ...below(span.spanId)]);
}
