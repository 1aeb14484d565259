/** `simulate` as one page: the headline first, then panel P10 a to f. */
import { mapStrings, showControlCharacters } from '../../model/control-characters.ts';
import { formatCount, formatDecimal, formatInterval, formatPerSecond, formatShare } from '../../model/figures.ts';
import { curveTable } from '../../model/simulation/operating-curve.ts';
import type { ReleaseSummary, Share } from '../../model/simulation/release-figures.ts';
import { CAUSE_WORDS, simulationHeadlines } from '../../model/simulation/simulation-words.ts';
import type { SimulationDocument } from '../../model/simulation-report.ts';
import { chartCaption, dataTable, empty, html, inBothWidths, type Markup } from '../markup.ts';
import { pageShell } from '../page-shell.ts';
import { drawCurves } from './curve-chart.ts';
import { drawFront, drawSearchHeat } from './search-charts.ts';
import { drawReplay, drawStopTimes, type NamedSummary, wordsOf } from './time-charts.ts';

export function renderSimulationPage(given: SimulationDocument): string {
  const report = mapStrings(given, showControlCharacters);
  return pageShell(
    `${report.rollout}: how often is its policy wrong? · canaryproof`,
    html`<main>${verdict(report)}${curves(report)}${search(report)}${stopTimes(report)}${causes(report)}${replay(report)}${change(report)}${assumed(report)}
      <footer><p>Made by canaryproof from ${formatCount(report.good.releases)} simulated releases of each kind, seed ${report.seed}. The same seed gives the same page.</p></footer></main>`,
  );
}

const share = (one: Share) => `${formatShare(one.p)} ${formatInterval(one)}`;
const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : `${formatDecimal(ms / 1000)} s`);

function verdict(report: SimulationDocument): Markup {
  const [first, ...others] = simulationHeadlines(report);
  const word = { passed: 'within the limits', failed: 'a limit is broken', inconclusive: 'undecided' }[report.verdict];
  const isJudged = report.limits.length > 0;
  return html`<header id="verdict" class=${`strip ${isJudged ? report.verdict : 'info'}`}><div class="verdict"><div><h1>${isJudged ? word : report.rollout}</h1><p class="headline">${first}</p>${others.map((line) => html`<p class="headline">${line}</p>`)}</div></div>
    <dl class="meta"><div><dt>Rollout</dt><dd>${report.rollout}, ${report.unit}</dd></div><div><dt>Traffic</dt><dd>${formatPerSecond(report.inputs.ratePerSecond)} requests/s${recordedWords(report)}</dd></div><div><dt>Scraped</dt><dd>every ${seconds(report.inputs.scrapeIntervalMs)}</dd></div><div><dt>Good canary stopped</dt><dd>${share(report.falseStop)}</dd></div>${report.miss ? html`<div><dt>Bad canary promoted</dt><dd>${share(report.miss)}</dd></div>` : null}${report.efficiency ? html`<div><dt>Requests used</dt><dd>${formatCount(report.efficiency.usedRequests)}; no test needs fewer than ${formatCount(report.efficiency.boundRequests)}</dd></div>` : null}</dl></header>`;
}

function recordedWords({ inputs: { recording } }: SimulationDocument): string {
  if (!recording) return '';
  const { intervals, intervalMs, fano } = recording;
  const bursts = fano === null ? 'without an error' : `errors with a Fano factor of ${formatDecimal(fano)}`;
  return `, drawn from ${formatCount(intervals)} recorded intervals of ${seconds(intervalMs)}, ${bursts}`;
}

/** Names only what is drawn: a colour that is nowhere makes one search for it. */
function legend(isRecommended: boolean): Markup {
  return html`<ul class="legend"><li><span class="badge sim-today">today</span></li>${isRecommended ? html`<li><span class="badge sim-recommended">recommended</span></li>` : null}</ul>`;
}

function curves(report: SimulationDocument): Markup {
  if (report.curves.length === 0) return null;
  const [header = [], ...rows] = curveTable(report);
  const isRecommended = report.curves.some(({ policy }) => policy === 'recommended');
  return html`<section id="curve"><h2>Stopped, by true error share</h2><figure class="panel">${legend(isRecommended)}${inBothWidths((width) => drawCurves(report, width), 'curve')}
    ${chartCaption('an error share: the share of releases with it that are stopped; the ribbon is the 95 % interval; no errors at all stand only in the table. Shaded: where the policy of today is of two minds, 10 % to 90 %.', 'a curve that has risen at “good”, or has not at “bad”.')}
    ${dataTable('The curves as a table', header, rows)}</figure></section>`;
}

function search({ recommendation }: SimulationDocument): Markup {
  if (!recommendation) return null;
  const { heat, front, limits } = recommendation;
  const heatRows = heat.map((cell) => [
    seconds(cell.windowMs),
    String(cell.failureLimit),
    formatDecimal(cell.badAnswers),
    formatShare(cell.falseStop),
  ]);
  const frontRows = front.map((point) => [
    point.changes.join(', ') || 'today',
    share(point.falseStop),
    share(point.miss),
    formatDecimal(point.badAnswers),
    seconds(point.durationMs),
  ]);
  return html`<section id="search"><h2>Other policies</h2><div class="columns">
    <figure class="panel"><h3>Window and failureLimit</h3>${heat.length === 0 ? empty('The queries have no window to vary.') : inBothWidths((width) => drawSearchHeat(recommendation, Math.min(width, 520)), 'heat')}
      ${chartCaption('a policy that differs from today in these two alone: bad answers a release above, good canaries stopped below.', html`✗ and a frame: more than ${formatShare(limits.maxFalse)} of the good canaries are stopped.`)}${dataTable('The map as a table', ['window', 'failureLimit', 'bad answers', 'false stops'], heatRows)}</figure>
    <figure class="panel"><h3>What nothing beats</h3>${legend(recommendation.recommended !== null)}${inBothWidths((width) => drawFront(recommendation, Math.min(width, 520)), 'front')}
      ${chartCaption('a policy that no other beats in false stops, bad answers and duration (the larger, the longer); without a colour: others that were tried.', 'right of the line: more good canaries stopped than accepted.')}${dataTable('The front as a table', ['changes', 'false stops', 'misses', 'bad answers', 'release lasts'], frontRows)}</figure></div></section>`;
}

function stopTimes({ bad, recommendation }: SimulationDocument): Markup {
  const { today, recommended } = recommendation ?? {};
  const own = today?.bad ?? bad;
  const all: NamedSummary[] = [
    ...(own ? [{ name: 'today' as const, summary: own }] : []),
    ...(recommended ? [{ name: 'recommended' as const, summary: recommended.bad }] : []),
  ];
  if (all.every(({ summary }) => summary.stoppedBy.length === 0)) return null;
  const rows = all.flatMap(({ name, summary }) =>
    summary.stoppedBy.map((step) => [name, seconds(step.ms), formatShare(step.share)]),
  );
  return html`<section id="times"><h2>When a bad canary is stopped</h2><figure class="panel">${legend(recommended !== undefined && recommended !== null)}${inBothWidths((width) => drawStopTimes(all, width), 'times')}
    ${chartCaption('a step: at this time after the fault, this share of all bad canaries has been stopped.', 'a curve that ends below 100 %: the rest is promoted.')}${dataTable('The times as a table', ['policy', 'after', 'stopped'], rows)}</figure></section>`;
}

function causes({ good }: SimulationDocument): Markup {
  const rows = Object.entries(good.stoppedByCause).filter(([, { count }]) => count > 0);
  return html`<section id="causes"><h2>Why good canaries are stopped</h2><div class="panel">${
    rows.length === 0
      ? empty('None was.')
      : html`<div class="scroll"><table><thead><tr><th scope="col">Cause</th><th scope="col">Releases</th><th scope="col">95 %</th></tr></thead><tbody>${rows.map(([cause, one]) => html`<tr><th scope="row">${CAUSE_WORDS[cause as keyof ReleaseSummary['stoppedByCause']]}</th><td>${formatShare(one.p)}</td><td>${formatInterval(one)}</td></tr>`)}</tbody></table></div>`
  }</div></section>`;
}

function replay({ replay: one }: SimulationDocument): Markup {
  if (!one) return null;
  const rows = one.measurements.map(({ metric, atMs, phase, values }) => [
    seconds(atMs),
    metric,
    phase,
    wordsOf(values),
  ]);
  return html`<section id="replay"><h2>A typical false stop</h2><figure class="panel"><p class="lead">Release ${one.run} of this seed: ${one.outcome} after ${seconds(one.durationMs)}. ${one.reason}</p>
    ${inBothWidths((width) => drawReplay(one, width), 'replay')}
    ${chartCaption('a measurement: green passed, red failed, violet was an error, amber was inconclusive. Above: the weight that was ordered.', 'nothing here: the canary was as good as stable.')}${dataTable('The measurements as a table', ['at', 'metric', 'phase', 'answer'], rows)}</figure></section>`;
}

function change({ recommendation, patch }: SimulationDocument): Markup {
  if (!recommendation) return null;
  const { changes, verdict: found } = recommendation;
  const said = {
    change: `Recommended: ${changes.join(', ')}.`,
    keep: "Recommended: keep today's policy.",
    none: 'No policy that was tried keeps all limits.',
  }[found];
  return html`<section id="change"><h2>The change</h2><div class="panel"><p class="sentence">${said}</p>${patch?.diff ? html`<pre class="scroll"><code>${patch.diff}</code></pre>` : null}
    ${(patch?.byHand ?? []).map(({ where, field, value }) => html`<p><code>${where}</code> ${field} = <code>${value}</code></p>`)}</div></section>`;
}

function assumed({ warnings, assumptions }: SimulationDocument): Markup {
  return html`<section id="assumed"><h2>Warnings and assumptions</h2><div class="panel"><ul>${warnings.map(({ code, sentence }) => html`<li><b>${code}</b> ${sentence}</li>`)}${assumptions.map((sentence) => html`<li class="quiet">${sentence}</li>`)}</ul></div></section>`;
}
