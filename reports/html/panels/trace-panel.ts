/** P13: one trace, span by span: how far each caused the next, and when. */
import { scaleLinear } from 'd3-scale';
import { formatDuration } from '../../model/figures.ts';
import type { RunReport } from '../../model/run-report.ts';
import type { TraceReport } from '../../model/trace-report.ts';
import {
  chartCaption,
  dataTable,
  html,
  inBothWidths,
  type Markup,
  moreInResult,
  px,
  shortenMiddle,
} from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';

const ROW = 34;
/** How far a span is set in for each that lies above it. */
const STEP = { wide: 16, narrow: 8 };

/** Nothing for a run that judged no trace. */
export function tracePanel({ traces = [] }: RunReport, detail: PageDetail): Markup {
  if (traces.length === 0) return null;
  return html`<section id="traces"><h2>A trace</h2>
    <p class="lead">One request on its way, as the proxies reported it: each bar is a span, and stands below the one that caused it.</p>
    ${traces.slice(0, detail.charts).map((trace, index) => oneTrace(trace, index))}
    ${moreInResult(traces.length, detail.charts, 'traces')}</section>`;
}

function oneTrace(trace: TraceReport, index: number): Markup {
  return html`<figure class="panel"><h3>${trace.title} <span class="quiet">trace <code>${trace.traceId}</code></span></h3>
    ${trace.problem === null ? null : html`<p class="bad-text">✗ ${trace.problem}</p>`}
    ${inBothWidths((width) => drawSpans(trace, width), `t${index}`)}
    ${chartCaption(
      'one span: a proxy that answers, or asks the next one, from the first byte of the request to the last of the answer.',
      'a service that answered and has no bar, or a bar with another version than the one that answered.',
    )}
    ${dataTable(
      'Its spans as a table',
      ['Span', 'Pod', 'From', 'For'],
      trace.spans.map(({ name, kind, pod, startMs, durationMs }) => [
        `${name} ${kind}`,
        html`<code>${pod}</code>`,
        milliseconds(startMs),
        milliseconds(durationMs),
      ]),
    )}</figure>`;
}

function drawSpans({ spans, traceId }: TraceReport, width: number): Markup {
  const narrow = width < 600;
  const [left, right] = [8, width - 12];
  const x = scaleLinear([0, Math.max(1, ...spans.map((span) => span.startMs + span.durationMs))], [left, right]);
  const depths = depthsOf(spans);
  const bottom = spans.length * ROW + 4;
  return html`<svg class="chart parts" viewBox=${`0 0 ${width} ${bottom + 24}`} role="img" aria-label=${`The spans of trace ${traceId}; the table below holds the same data`}>
    ${spans.map((span, row) => {
      const top = row * ROW + 4;
      const inset = (depths.get(span.id) ?? 0) * (narrow ? STEP.narrow : STEP.wide);
      const said = `${shortenMiddle(span.name, narrow ? 28 : 70)} ${span.kind} · ${milliseconds(span.durationMs)}`;
      return html`<g class=${span.kind === 'answers' ? 'same' : 'other'}><text x=${left + inset} y=${top + 12}>${said}</text>
        <rect class="bar" x=${px(x(span.startMs))} y=${top + 17} width=${px(Math.max(2.5, x(span.startMs + span.durationMs) - x(span.startMs)))} height="9" rx="1.5" /></g>`;
    })}
    <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
    ${x.ticks(narrow ? 3 : 7).map((tick) => html`<text class="tick" x=${px(x(tick))} y=${bottom + 16} text-anchor="middle">${formatDuration(tick)}</text>`)}
  </svg>`;
}

/** A proxy's span is often shorter than one. */
const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;

/** Parents come before their children; what has none in the trace begins at the left. */
function depthsOf(spans: TraceReport['spans']): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { id, parentId } of spans) depths.set(id, parentId === null ? 0 : (depths.get(parentId) ?? -1) + 1);
  return depths;
}
