/** P0: the verdict first, then how to get it again, then what it was measured on. */
import { firstSentence } from '../../model/causes/causes.ts';
import { tidyNumbers } from '../../model/causes/tidy-numbers.ts';
import { formatBytes, formatInstant, THIN } from '../../model/figures.ts';
import { OUTCOME_GLYPH, OUTCOME_MEANING } from '../../model/outcome-words.ts';
import type { RunReport } from '../../model/run-report.ts';
import { seedOf, tookText } from '../../model/words/run-time.ts';
import { html, type Markup } from '../markup.ts';
import { claimAnchor } from './claims-panel.ts';

export function verdictStrip(report: RunReport): Markup {
  const { run, subject } = report;
  return html`<header id="verdict" class=${`strip ${report.outcome}`}>
    <p class="brand">${logo()}<span>canaryproof</span><span class="subject">${subject.title}</span></p>
    <div class="verdict"><div class="stamp" aria-hidden="true">${OUTCOME_GLYPH[report.outcome]}</div>
      <div><h1>${report.outcome}</h1>${headline(report.headline)}
      <p class="meaning">${OUTCOME_MEANING[report.outcome]}${run.interrupted ? html`<strong class="interrupted">This run was interrupted: what follows is partial.</strong>` : null}</p></div></div>
    ${chips(report)}
    <div class="reproduce"><span class="label">Reproduce</span><code id="reproduce">${run.reproduce}</code><button type="button" class="script-only" data-copy="reproduce">Copy</button></div>
    <dl class="meta">${facts(report).map(([name, value, title]) => html`<div><dt>${name}</dt><dd title=${title}>${value}</dd></div>`)}</dl>
    <ul class="components" aria-label="Components">${report.components.map((one) => html`<li title=${one.origin}><span>${one.name}</span> <b>${one.version}</b></li>`)}</ul>
  </header>`;
}

/** What is longer is not read by anybody in a hurry. */
const REST_UNFOLDED = 240;

/** The first sentence is the headline; what follows it is read second, and folded away where it is a wall. */
function headline(given: string): Markup {
  const text = tidyNumbers(given);
  const first = firstSentence(text);
  const rest = text.slice(first.length).trim();
  if (rest === '') return html`<p class="headline">${text}</p>`;
  if (rest.length <= REST_UNFOLDED) return html`<p class="headline">${first}</p><p class="headline-rest">${rest}</p>`;
  return html`<p class="headline">${first}</p><details class="more"><summary>The rest of the verdict</summary><p class="headline-rest">${rest}</p></details>`;
}

function facts(report: RunReport): readonly (readonly [string, Markup, string?])[] {
  const { run, subject } = report;
  const seed = seedOf(report);
  const where = subject.context === undefined ? subject.provider : `${subject.provider}, context ${subject.context}`;
  return [
    ['Run', html`<span class="unbroken">${run.id}</span>`, run.id],
    ['Kind', run.kind],
    ['Started', formatInstant(run.startedAt)],
    ['Took', tookText(report)],
    ['Subject', subject.name],
    ['Provider', where],
    ['Declared hash', html`<code>${subject.hash.slice(0, 12)}</code>`, subject.hash],
    ...(run.gitRevision === undefined
      ? []
      : [['Git revision', html`<code>${run.gitRevision.slice(0, 12)}</code>`, run.gitRevision] as const]),
    ...(seed === undefined ? [] : [['Seed', html`<code>${seed}</code>`] as const]),
    ['Machine', `${run.host.system}, ${run.host.cpus}${THIN}CPUs, ${formatBytes(run.host.memoryBytes)}`],
  ];
}

function chips(report: RunReport): Markup {
  if (report.claims.length === 0) return html`<p class="empty">No claim was judged.</p>`;
  return html`<nav class="chips" aria-label="Claims">${report.claims.map(
    (claim, index) =>
      html`<a class=${`chip ${claim.outcome}`} href=${`#${claimAnchor(index)}`}><span class="glyph" aria-hidden="true">${OUTCOME_GLYPH[claim.outcome]}</span><span class="sr">${claim.outcome}: </span>${claim.title}</a>`,
  )}</nav>`;
}

/** Two arms leaving one stem, one thick and one thin. */
function logo(): Markup {
  return html`<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path class="logo-stable" d="M2,12H9L14,6H22" /><path class="logo-canary" d="M9,12L14,18H22" /></svg>`;
}
