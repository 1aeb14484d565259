/** A run that is under way as a page that is served: what is known now, in the panels of the report. Formats only. */
import { mapStrings, showControlCharacters } from '../model/control-characters.ts';
import { formatClock, formatDuration } from '../model/figures.ts';
import type { RunReport } from '../model/run-report.ts';
import { html, type Markup, toText } from './markup.ts';
import { PAGE_DETAILS } from './page-detail.ts';
import { pageShell } from './page-shell.ts';
import { claimsPanel } from './panels/claims-panel.ts';
import { evidencePanel } from './panels/evidence-panel.ts';
import { forestPanel } from './panels/forest-panel.ts';
import { glossaryPanel } from './terms.ts';

export interface LivePage {
  readonly id: string;
  readonly command: string;
  readonly startedAt: number;
  readonly nowMs: number;
  /** Of the newest event; a run that says nothing for minutes may be dead. */
  readonly lastAtMs: number;
  readonly claims: readonly { readonly title: string; readonly state: string; readonly tookMs?: number }[];
  readonly running: readonly { readonly name: string; readonly text: string; readonly startedAtMs: number }[];
  /** Why there will be no result, when the run said so. */
  readonly failure?: string;
  /** Claims judged and splits weighed so far. */
  readonly report: Pick<RunReport, 'claims' | 'splits'>;
}

/** Replaces what is inside `main` when the server says that something changed, and loads the report when it is there. */
const LIVE_SCRIPT = `'use strict';
(() => {
  const main = document.querySelector('main');
  const source = new EventSource('events');
  source.addEventListener('update', (event) => {
    const open = new Set([...main.querySelectorAll('details[open]>summary')].map((one) => one.textContent));
    main.innerHTML = JSON.parse(event.data);
    for (const one of main.querySelectorAll('details>summary')) if (open.has(one.textContent)) one.parentElement.open = true;
  });
  source.addEventListener('finished', () => { source.close(); location.reload(); });
})();
`;

export function renderLivePage(given: LivePage): string {
  return pageShell(`running: ${given.id} · canaryproof`, html`<main>${body(given)}</main>`, { script: LIVE_SCRIPT });
}

/** What is inside `main`, for an update. */
export function renderLiveBody(given: LivePage): string {
  const page = toText(html`<main>${body(given)}</main>`);
  return page.slice('<main>'.length, -'</main>'.length);
}

function body(given: LivePage): Markup {
  const page = mapStrings(given, showControlCharacters);
  const judged = page.claims.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  const report = page.report as RunReport;
  return html`<header class="strip inconclusive"><p class="brand"><span>canaryproof</span><span class="subject">${page.command}</span></p>
    <h1>${page.failure === undefined ? 'under way' : 'ended without a result'}</h1>
    <p class="headline">${page.failure ?? `${judged} of ${page.claims.length} claims judged in ${formatDuration(page.nowMs - page.startedAt)}; nothing is proved before the run has ended.`}</p>
    <ul class="live">${page.claims.map(({ title, state, tookMs }) => html`<li class=${state}><span class="state">${state}</span><span>${title}</span>${tookMs === undefined ? null : html`<span class="quiet">${formatDuration(tookMs)}</span>`}</li>`)}</ul>
    ${page.running.map(({ name, text, startedAtMs }) => html`<p class="live-now"><b>${name}</b> ${formatDuration(page.nowMs - startedAtMs)}${text === '' ? null : html`<br />${text}`}</p>`)}
    <p class="quiet">Run ${page.id}, last heard of at ${formatClock(page.lastAtMs)} UTC.</p></header>
    ${claimsPanel(report)}${forestPanel(report)}${evidencePanel(report, PAGE_DETAILS[0])}${glossaryPanel()}`;
}
