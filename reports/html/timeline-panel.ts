/** P1 and P2 with their legend, captions and tables. */
import { formatClock, formatCount, formatDeclared, formatInterval, formatShare } from '../model/figures.ts';
import { PATH_TITLE } from '../model/outcome-words.ts';
import type { RunReport, TimelineReport } from '../model/run-report.ts';
import { contradicts, DECLARING_LAYERS, isClientPath, mergeBins, timelineSpan } from '../model/timeline-bins.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup } from './markup.ts';
import type { PageDetail } from './page-detail.ts';
import { drawTimeline } from './traffic-timeline.ts';

export function timelinePanel(report: RunReport, detail: PageDetail): Markup {
  return html`<section id="traffic"><h2>Traffic over time</h2>
    <p class="lead">The share of requests that the canary answered, beside the share that Git, the API object and the proxies declared at that moment.</p>
    ${report.timelines.length === 0 ? empty('No timeline was recorded in this run, so nothing is drawn here.') : report.timelines.map((timeline, index) => oneTimeline(timeline, index, detail))}</section>`;
}

function oneTimeline(whole: TimelineReport, index: number, detail: PageDetail): Markup {
  const timeline = { ...whole, events: whole.events.toSorted((a, b) => a.atMs - b.atMs).slice(0, detail.events) };
  const left = whole.events.length - timeline.events.length;
  const span = timelineSpan(timeline);
  if (span === undefined)
    return html`<figure><h3>${timeline.title}</h3>${empty('This timeline holds no declared step, no request and no event.')}</figure>`;
  const counts = contradictionCount(timeline, detail);
  const unseen = timeline.series.every(({ bins }) => bins.every((bin) => bin.n === 0));
  return html`<figure class="panel" data-chart><h3>${timeline.title}</h3>
    ${legend(timeline)}
    ${unseen ? empty('No request was observed on any path during this time; only what was declared is drawn.') : null}
    ${inBothWidths((width, id) => drawTimeline(timeline, span, width, id, detail), `t${index}`)}
    <p class="readout" data-readout aria-hidden="true">Times are UTC. Move over the chart to read all series at one moment.</p>
    ${chartCaption(
      'the share of one time bin on one client path; its shaded band is the 99 % Wilson interval. The bold steps are what was declared.',
      html`a run of red hatching: bins whose band lies above or below everything declared meanwhile. ${formatCount(counts.bad)} of ${formatCount(counts.all)} bins are hatched; about one in a hundred would be by chance alone.`,
    )}
    ${left > 0 ? html`<p class="quiet">The first ${formatCount(timeline.events.length)} of ${formatCount(whole.events.length)} events are shown; result.json holds all.</p>` : null}${tables(timeline, detail)}</figure>`;
}

function contradictionCount(timeline: TimelineReport, detail: PageDetail): { bad: number; all: number } {
  let bad = 0;
  let all = 0;
  for (const { path, bins } of timeline.series) {
    if (!isClientPath(path)) continue;
    for (const bin of mergeBins(bins, detail.binsWide).bins) {
      if (bin.n === 0) continue;
      all += 1;
      if (contradicts(bin, timeline.declared)) bad += 1;
    }
  }
  return { bad, all };
}

function legend(timeline: TimelineReport): Markup {
  const layers = DECLARING_LAYERS.filter((layer) => timeline.declared.some((step) => step.layer === layer));
  const title = { git: 'declared in Git', api: 'API object', xds: 'acknowledged by proxies' };
  const paths = [...new Set(timeline.series.map(({ path }) => path))];
  const key = {
    ingress: 'M13,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
    mesh: 'M17,-5L22,0L17,5L12,0Z',
    direct: 'M13,-4H21V4H13Z',
  };
  return html`<ul class="legend">
    ${layers.map((layer) => html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`declared ${layer}`}><path d="M1,4H17V-4H33" /></g></svg>${title[layer]}</li>`)}
    ${paths.map((path) =>
      isClientPath(path)
        ? html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`series ${path}`}><rect class="band" x="2" y="-6" width="30" height="12" /><path class="mark" d=${key[path as keyof typeof key]} /></g></svg>${timeline.arm} share, ${PATH_TITLE[path]} clients</li>`
        : html`<li><svg viewBox="0 -8 34 16" width="34" height="16" aria-hidden="true"><g class=${`witness ${path}`}><path d="M1,0H33" /></g></svg>second witness: ${PATH_TITLE[path]}</li>`,
    )}
    <li><svg viewBox="0 0 34 16" width="34" height="16" aria-hidden="true"><rect class="hatch-ground" width="34" height="16" /><path class="hatch" d="M2,16L14,0M12,16L24,0M22,16L34,0" /></svg>band excludes the declared share</li></ul>`;
}

function tables(timeline: TimelineReport, detail: PageDetail): Markup {
  const steps = timeline.declared.toSorted((a, b) => a.atMs - b.atMs);
  const series = timeline.series.map((one) => ({ ...one, ...mergeBins(one.bins, detail.binRows) }));
  const merged = series.filter((one) => one.merged > 1);
  const rows = series.flatMap(({ path, bins }) =>
    bins.map((bin) => [
      PATH_TITLE[path],
      formatClock(bin.startMs, true),
      formatClock(bin.endMs, true),
      formatCount(bin.n),
      bin.n === 0 ? 'none' : formatShare(bin.share),
      bin.n === 0 ? '' : formatInterval(bin),
      isClientPath(path) && contradicts(bin, timeline.declared) ? 'excludes the declared share' : '',
    ]),
  );
  const events = timeline.events.toSorted((a, b) => a.atMs - b.atMs);
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
      `Events (${events.length})`,
      ['Time (UTC)', 'Lane', 'Event', 'Detail'],
      events.map((event) => [formatClock(event.atMs, true), event.lane, event.label, event.detail ?? '']),
    )}
  </div>`;
}
