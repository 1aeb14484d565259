/** The report as one HTML file: no network, no fonts, no images but filmed pages; reads fully without its script. */
import { mapStrings, showControlCharacters } from '../model/control-characters.ts';
import type { RunReport } from '../model/run-report.ts';
import { html, type Markup } from './markup.ts';
import { PAGE_DETAILS, PAGE_LIMIT_BYTES, type PageDetail } from './page-detail.ts';
import { pageShell } from './page-shell.ts';
import { analysisPanel } from './panels/analysis-panel.ts';
import { appendixPanel } from './panels/appendix-panel.ts';
import { auditPanel } from './panels/audit-panel.ts';
import { boundaryPanel } from './panels/boundary-panel.ts';
import { capacityPanel } from './panels/capacity-panel.ts';
import { causesPanel } from './panels/causes-panel.ts';
import { claimsPanel } from './panels/claims-panel.ts';
import { errorLedgerPanel } from './panels/error-ledger-panel.ts';
import { evidencePanel } from './panels/evidence-panel.ts';
import { findingsPanel } from './panels/findings-panel.ts';
import { forestPanel } from './panels/forest-panel.ts';
import { latencyPanel } from './panels/latency-panel.ts';
import { ledgerPanel } from './panels/ledger-panel.ts';
import { hasFilms, pagePanel } from './panels/page-panel.ts';
import { rollbackPanel } from './panels/rollback-panel.ts';
import { timelinePanel } from './panels/timeline-panel.ts';
import { tracePanel } from './panels/trace-panel.ts';
import { verdictStrip } from './panels/verdict-strip.ts';
import { glossaryPanel, withTerms } from './terms.ts';

/** The same report gives the same bytes. */
export function renderHtmlReport(given: RunReport): string {
  const report = mapStrings(given, showControlCharacters);
  let page = '';
  for (const detail of PAGE_DETAILS) {
    page = renderPage(report, detail);
    if (Buffer.byteLength(page) <= PAGE_LIMIT_BYTES) break;
  }
  return page;
}

function renderPage(report: RunReport, detail: PageDetail): string {
  const title = `${report.outcome}: ${report.subject.name} · canaryproof`;
  return pageShell(title, pageBody(report, detail), undefined, hasFilms(report));
}

interface Section {
  readonly anchor: string;
  readonly name: string;
  readonly panel: Markup;
}

/** Panels in reading order; those of a rollout or a ledger only where the run left something to show. */
function sections(report: RunReport, detail: PageDetail): readonly Section[] {
  const urgent = report.findings.some((finding) => finding.severity === 'error');
  const findings = { anchor: 'findings', name: 'Findings', panel: findingsPanel(report, detail) };
  const all: readonly Section[] = [
    { anchor: 'causes', name: 'Causes', panel: causesPanel(report) },
    { anchor: 'claims', name: 'Claims', panel: claimsPanel(report) },
    ...(urgent ? [findings] : []),
    { anchor: 'capacity', name: 'Capacity', panel: capacityPanel(report, detail) },
    { anchor: 'boundaries', name: 'Boundaries', panel: boundaryPanel(report, detail) },
    { anchor: 'traffic', name: 'Traffic', panel: timelinePanel(report, detail) },
    { anchor: 'ledger', name: 'Ledger', panel: ledgerPanel(report, detail) },
    { anchor: 'splits', name: 'Splits', panel: forestPanel(report) },
    { anchor: 'pages', name: 'Pages', panel: pagePanel(report, detail) },
    { anchor: 'traces', name: 'Traces', panel: tracePanel(report, detail) },
    { anchor: 'evidence', name: 'Evidence', panel: evidencePanel(report, detail) },
    { anchor: 'rollback', name: 'Rollback', panel: rollbackPanel(report, detail) },
    { anchor: 'analyses', name: 'Analyses', panel: analysisPanel(report, detail) },
    { anchor: 'latency', name: 'Latency', panel: latencyPanel(report, detail) },
    { anchor: 'errors', name: 'Errors', panel: errorLedgerPanel(report, detail) },
    { anchor: 'audit', name: 'Audit', panel: auditPanel(report) },
    ...(urgent ? [] : [findings]),
    { anchor: 'glossary', name: 'Words', panel: glossaryPanel() },
    { anchor: 'appendix', name: 'Appendix', panel: appendixPanel(report, detail) },
  ];
  return all.filter(({ panel }) => panel !== null);
}

function pageBody(report: RunReport, detail: PageDetail): Markup {
  const shown = sections(report, detail);
  return html`<main>
    ${verdictStrip(report)}
    <nav class="contents" aria-label="Contents"><a href="#verdict">Verdict</a>${shown.map(({ anchor, name }) => html`<a href=${`#${anchor}`}>${name}</a>`)}</nav>
    ${shown.map(({ panel }) => panel)}
    <footer><p>Made by canaryproof from result.json, schema version ${report.schemaVersion}. ${withTerms('Only “passed” is green: an inconclusive or invalid run proves nothing.')}</p>
    ${detail === PAGE_DETAILS[0] ? null : html`<p>This run left so much that long series and lists are shown in less detail, to keep the page small; result.json holds all of it.</p>`}</footer>
  </main>`;
}
