/** P1 and P2 with their legend, captions and tables. */
import { formatClock, formatCount, formatDeclared, formatInterval, formatShare } from '../../model/figures.ts';
import { ledgerOf } from '../../model/ledger-reading.ts';
import { PATH_TITLE } from '../../model/outcome-words.ts';
import type { RunReport, TimelineReport } from '../../model/run-report.ts';
import { contradictedBins, isClientPath, mergeBins, timelineSpan } from '../../model/timeline-bins.ts';
import { type LaneEvent, laneEvents } from '../charts/timeline-lanes.ts';
import { timelineLegend } from '../charts/timeline-legend.ts';
import { drawTimeline, type TimelineContext } from '../charts/traffic-timeline.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup, moreInResult } from '../markup.ts';
import type { PageDetail } from '../page-detail.ts';
import { withTerms } from '../terms.ts';

export function timelinePanel(report: RunReport, detail: PageDetail): Markup {
  return html`<section id="traffic"><h2>Traffic over time</h2>
    <p class="lead">The share of requests that the canary answered, beside the share that Git, the API object and the proxies declared at that moment.</p>
    ${
      report.timelines.length === 0
        ? empty('No timeline was recorded in this run, so nothing is drawn here.')
        : report.timelines
            .slice(0, detail.charts)
            .map((timeline, index) => oneTimeline(timeline, report, index, detail))
    }${moreInResult(report.timelines.length, detail.charts, 'timelines')}</section>`;
}

function oneTimeline(timeline: TimelineReport, report: RunReport, index: number, detail: PageDetail): Markup {
  const span = timelineSpan(timeline);
  if (span === undefined)
    return html`<figure class="panel"><h3>${timeline.title}</h3>${empty('This timeline holds no declared step, no request and no event.')}</figure>`;
  const { context, left } = timelineContext(timeline, report, span, detail);
  const counts = contradictionCount(timeline, detail);
  const unseen = timeline.series.every(({ bins }) => bins.every((bin) => bin.n === 0));
  return html`<figure class="panel" data-chart><h3>${timeline.title}</h3>
    ${timelineLegend(timeline, context)}
    ${unseen ? empty('No request was observed on any path during this time; only what was declared is drawn.') : null}
    ${inBothWidths((width, id) => drawTimeline(timeline, context, span, width, id, detail), `t${index}`)}
    <p class="readout" data-readout aria-hidden="true">Times are UTC. Move over the chart to read all series at one moment.</p>
    ${chartCaption(
      withTerms(
        'the share of one time bin on one client path; its shaded band is the 99 % Wilson interval. The bold steps are what was declared.',
      ),
      html`red hatching: bins, alone or together with their neighbours, whose share lies so far beside everything declared meanwhile that chance would hatch any of a path in one report of a hundred. ${formatCount(counts.bad)} of ${formatCount(counts.all)} bins are hatched.${context.ledger === undefined ? null : ' A long bracket: clients got the old weight that much longer than declared. A red stretch: a weight that nothing declared.'}`,
    )}
    ${moreInResult(left, 0, 'events')}${tables(timeline, context.lanes, detail)}</figure>`;
}

/** Events of the run, and what ledger and analyses saw within the time that the chart covers. */
function timelineContext(
  timeline: TimelineReport,
  report: RunReport,
  span: readonly [number, number],
  detail: PageDetail,
): { context: TimelineContext; left: number } {
  const ledger = ledgerOf(timeline, report.ledgers);
  const analyses = timeline.rollout === undefined && report.timelines.length > 1 ? [] : report.analyses;
  const inside = laneEvents(timeline, ledger, analyses)
    .filter(({ atMs }) => atMs >= span[0] && atMs <= span[1])
    .toSorted((a, b) => a.atMs - b.atMs);
  return {
    context: { ledger, lanes: inside.slice(0, detail.events) },
    left: Math.max(0, inside.length - detail.events),
  };
}

function contradictionCount(timeline: TimelineReport, detail: PageDetail): { bad: number; all: number } {
  let bad = 0;
  let all = 0;
  for (const { path, bins } of timeline.series) {
    if (!isClientPath(path)) continue;
    const drawn = mergeBins(bins, detail.binsWide).bins;
    all += drawn.filter(({ n }) => n > 0).length;
    bad += contradictedBins(drawn, timeline.declared).size;
  }
  return { bad, all };
}

function tables(timeline: TimelineReport, lanes: readonly LaneEvent[], detail: PageDetail): Markup {
  const steps = timeline.declared.toSorted((a, b) => a.atMs - b.atMs);
  const series = timeline.series.map((one) => ({ ...one, ...mergeBins(one.bins, detail.binRows) }));
  const merged = series.filter((one) => one.merged > 1);
  const rows = series.flatMap(({ path, bins }) => {
    const contradicted = isClientPath(path) ? contradictedBins(bins, timeline.declared) : new Set();
    return bins.map((bin) => [
      PATH_TITLE[path],
      formatClock(bin.startMs, true),
      formatClock(bin.endMs, true),
      formatCount(bin.n),
      bin.n === 0 ? 'none' : formatShare(bin.share),
      bin.n === 0 ? '' : formatInterval(bin),
      contradicted.has(bin) ? 'not what was declared' : '',
    ]);
  });
  const note =
    merged.length === 0
      ? undefined
      : merged.map((one) => `${PATH_TITLE[one.path]}: each row merges ${one.merged} bins`).join('; ');
  return html`<div class="tables">
    ${dataTable(
      `Declared steps (${steps.length})`,
      ['Time (UTC)', 'Layer', 'Share', 'Source'],
      steps.map((step) => [formatClock(step.atMs, true), step.layer, formatDeclared(step.share), step.source]),
    )}
    ${dataTable(`Observed shares (${rows.length} rows)`, ['Path', 'From (UTC)', 'To', 'Requests', 'Share', '99 % interval', 'Remark'], rows, note)}
    ${dataTable(
      `Events (${lanes.length})`,
      ['Time (UTC)', 'Lane', 'Event', 'Detail'],
      lanes.map((event) => [formatClock(event.atMs, true), event.lane, event.label, event.detail ?? '']),
    )}
  </div>`;
}
